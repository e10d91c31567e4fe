// A phone for scripts: places (or takes) one call, does what --script says, leaves what it heard.
//   phone --to sip:+48608608608@127.0.0.1:5060 --from +48601000001
//         --script "wait-answer; listen 2; press 3; listen 20; hangup"
//         --record heard.wav --report report.json --tone 440@-20
// Exit code 0: every step succeeded; 1: a step failed (stderr says which); 2: wrong usage.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "tests/phone/codec.h"
#include "tests/phone/phone.h"
#include "tests/phone/report_json.h"
#include "tests/phone/script.h"
#include "tests/phone/tone.h"
#include "tests/phone/wav_file.h"

ABSL_FLAG(std::string, to, "", "SIP URI to call; empty: wait for a call (wait-call in the script)");
ABSL_FLAG(std::string, from, "+48601000001", "own number");
ABSL_FLAG(std::string, name, "", "own display name");
ABSL_FLAG(std::string, identity, "from", "from, asserted (P-Asserted-Identity) or anonymous");
ABSL_FLAG(std::string, transport, "udp", "udp or tcp");
ABSL_FLAG(std::string, listen, "127.0.0.1", "own IPv4 address");
ABSL_FLAG(int, sip_port, 0, "own SIP port; 0: any (by TCP: not listening)");
ABSL_FLAG(std::string, codecs, "pcma,pcmu",
          "offered codecs, best first: pcma, pcmu, g722, opus, opus-stereo, l16/8000, l16/16000, "
          "l16/48000");
ABSL_FLAG(int, ptime, 20, "milliseconds in a packet, 10 to 60");
ABSL_FLAG(std::string, srtp, "",
          "SRTP suites, best first, such as AES_CM_128_HMAC_SHA1_80; empty: plain RTP");
ABSL_FLAG(double, loss_percent, 0, "of the RTP packets that it sends, lost on the way");
ABSL_FLAG(double, burst, 1, "so many are lost in a row, on average");
ABSL_FLAG(absl::Duration, jitter, absl::ZeroDuration(), "each waits 0 to this (50ms)");
ABSL_FLAG(double, reordered_percent, 0, "are overtaken by the next ones");
ABSL_FLAG(double, duplicated_percent, 0, "arrive twice");
ABSL_FLAG(double, skew_ppm, 0, "how much its clock runs fast");
ABSL_FLAG(uint64_t, trouble_seed, 1, "of loss, jitter and the like");
ABSL_FLAG(std::string, packets, "",
          "CSV file of all RTP received: at_s,ssrc,sequence,timestamp,payload_type,marker,size");
ABSL_FLAG(int, event_payload_type, 101, "payload type of telephone-event; 0: not offered");
ABSL_FLAG(bool, late_offer, false, "INVITE without SDP");
ABSL_FLAG(std::string, tone, "", "what it says from the answer on, such as 440@-20");
ABSL_FLAG(std::string, script, "wait-answer; wait-hangup 3600",
          "what to do (tests/phone/script.h)");
ABSL_FLAG(std::string, script_file, "", "the script in a file, instead of --script");
ABSL_FLAG(std::string, record, "", "WAV file for everything heard; its time zero is the answer");
ABSL_FLAG(std::string, report, "", "JSON file for the report; - for standard output");
ABSL_FLAG(uint64_t, seed, 0, "of SSRC, sequence number and timestamp; 0: random");
ABSL_FLAG(bool, verbose, false, "print each step as it begins");

namespace narada::phone {
namespace {

absl::StatusOr<Phone::Options> OptionsFromFlags() {
  Phone::Options options;
  options.number = absl::GetFlag(FLAGS_from);
  options.display_name = absl::GetFlag(FLAGS_name);
  const std::string identity = absl::GetFlag(FLAGS_identity);
  if (identity == "asserted") {
    options.identity = CallerIdentity::kAsserted;
  } else if (identity == "anonymous") {
    options.identity = CallerIdentity::kAnonymous;
  } else if (identity != "from") {
    return absl::InvalidArgumentError("--identity: from, asserted or anonymous");
  }
  const std::string transport = absl::GetFlag(FLAGS_transport);
  if (transport != "udp" && transport != "tcp") {
    return absl::InvalidArgumentError("--transport: udp or tcp");
  }
  options.transport = transport == "tcp" ? SipTransport::kTcp : SipTransport::kUdp;
  options.local_address = absl::GetFlag(FLAGS_listen);
  options.sip_port = static_cast<uint16_t>(absl::GetFlag(FLAGS_sip_port));
  options.late_offer = absl::GetFlag(FLAGS_late_offer);
  options.media.codecs.clear();
  for (absl::string_view codec : absl::StrSplit(absl::GetFlag(FLAGS_codecs), ',')) {
    const absl::StatusOr<Codec> parsed = ParseCodec(codec);
    if (!parsed.ok()) return parsed.status();
    options.media.codecs.push_back(*parsed);
  }
  options.media.ptime_ms = absl::GetFlag(FLAGS_ptime);
  options.media.srtp_suites = absl::StrSplit(absl::GetFlag(FLAGS_srtp), ',', absl::SkipEmpty());
  options.media.trouble = {.loss = absl::GetFlag(FLAGS_loss_percent) / 100,
                           .burst = absl::GetFlag(FLAGS_burst),
                           .jitter = absl::GetFlag(FLAGS_jitter),
                           .reordered = absl::GetFlag(FLAGS_reordered_percent) / 100,
                           .duplicated = absl::GetFlag(FLAGS_duplicated_percent) / 100,
                           .skew_ppm = absl::GetFlag(FLAGS_skew_ppm),
                           .seed = absl::GetFlag(FLAGS_trouble_seed)};
  options.media.traces_packets = !absl::GetFlag(FLAGS_packets).empty();
  options.media.event_payload_type = absl::GetFlag(FLAGS_event_payload_type);
  options.media.seed = absl::GetFlag(FLAGS_seed);
  return options;
}

absl::StatusOr<std::string> ScriptText() {
  const std::string path = absl::GetFlag(FLAGS_script_file);
  if (path.empty()) return absl::GetFlag(FLAGS_script);
  std::ifstream file(path);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  return std::string(std::istreambuf_iterator<char>(file), {});
}

int Fail(const absl::Status& status, int code) {
  std::cerr << "phone: " << status.message() << std::endl;
  return code;
}

absl::Status LeavePackets(const Phone& phone) {
  const std::string path = absl::GetFlag(FLAGS_packets);
  if (path.empty()) return absl::OkStatus();
  std::ofstream file(path);
  file << "at_s,ssrc,sequence,timestamp,payload_type,marker,size\n";
  for (const PacketTrace& packet : phone.media().PacketTraces()) {
    file << absl::StrFormat("%.6f,%u,%u,%u,%d,%d,%u\n", absl::ToDoubleSeconds(packet.at),
                            packet.ssrc, packet.sequence, packet.timestamp, packet.payload_type,
                            packet.is_marked, packet.payload_size);
  }
  return file ? absl::OkStatus() : absl::PermissionDeniedError(absl::StrCat("cannot write ", path));
}

// Writes what the flags ask for; a report that cannot be written is a failure too.
absl::Status LeaveResults(const Phone& phone, const absl::Status& result,
                          const std::vector<ScriptMark>& marks) {
  if (const std::string path = absl::GetFlag(FLAGS_record); !path.empty()) {
    const HeardAudio heard = phone.media().Heard();
    if (absl::Status written = WriteWav(path, heard.samples(), heard.rate_hz()); !written.ok())
      return written;
  }
  if (absl::Status traced = LeavePackets(phone); !traced.ok()) return traced;
  const std::string path = absl::GetFlag(FLAGS_report);
  if (path.empty()) return absl::OkStatus();
  const std::string json = ReportJson(phone, result, marks);
  if (path == "-") {
    std::cout << json;
    return absl::OkStatus();
  }
  std::ofstream file(path);
  file << json;
  return file ? absl::OkStatus() : absl::PermissionDeniedError(absl::StrCat("cannot write ", path));
}

int Main() {
  absl::StatusOr<Phone::Options> options = OptionsFromFlags();
  if (!options.ok()) return Fail(options.status(), 2);
  absl::StatusOr<std::string> text = ScriptText();
  if (!text.ok()) return Fail(text.status(), 2);
  absl::StatusOr<std::vector<ScriptStep>> steps = ParseScript(*text);
  if (!steps.ok()) return Fail(steps.status(), 2);
  std::vector<Tone> tones;
  if (const std::string tone = absl::GetFlag(FLAGS_tone); !tone.empty()) {
    absl::StatusOr<std::vector<Tone>> parsed = ParseTones(tone);
    if (!parsed.ok()) return Fail(parsed.status(), 2);
    tones = *std::move(parsed);
  }

  PhoneLoop loop;
  absl::StatusOr<std::unique_ptr<Phone>> phone = Phone::Create(loop, *std::move(options));
  if (!phone.ok()) return Fail(phone.status(), 1);
  (*phone)->media().SayTones(tones);
  if (const std::string to = absl::GetFlag(FLAGS_to); !to.empty()) {
    if (absl::Status called = (*phone)->Call(to); !called.ok()) return Fail(called, 1);
  } else {
    std::cerr << "phone: waiting at " << (*phone)->uri() << std::endl;
  }
  std::vector<ScriptMark> marks;
  const bool is_verbose = absl::GetFlag(FLAGS_verbose);
  const absl::Status result =
      RunScript(*steps, **phone, marks, [is_verbose](const ScriptStep& step) {
        if (is_verbose) std::cerr << "phone: " << step.text << std::endl;
      });
  (*phone)->HangUp();
  const absl::Status left = LeaveResults(**phone, result, marks);
  if (!result.ok()) return Fail(result, 1);
  if (!left.ok()) return Fail(left, 1);
  return 0;
}

}  // namespace
}  // namespace narada::phone

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("A SIP phone that follows a script. See tests/phone/script.h.");
  absl::ParseCommandLine(argc, argv);
  return narada::phone::Main();
}
