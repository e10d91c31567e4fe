// narada.control.v1.ReportService over Reports.

#ifndef NARADA_CONTROL_SERVICE_REPORT_SERVICE_H_
#define NARADA_CONTROL_SERVICE_REPORT_SERVICE_H_

#include "control/reports/reports.h"
#include "narada/control/v1/report.grpc.pb.h"

namespace narada::control::service {

class ReportService final : public v1::ReportService::Service {
 public:
  // `reports` outlives this.
  explicit ReportService(reports::Reports& reports) : reports_(reports) {}

  grpc::Status ListCallRecords(grpc::ServerContext* context,
                               const v1::ListCallRecordsRequest* request,
                               v1::ListCallRecordsResponse* response) override;
  grpc::Status ListConferenceRecords(grpc::ServerContext* context,
                                     const v1::ListConferenceRecordsRequest* request,
                                     v1::ListConferenceRecordsResponse* response) override;
  grpc::Status ExportRecords(grpc::ServerContext* context, const v1::ExportRecordsRequest* request,
                             grpc::ServerWriter<v1::ExportRecordsResponse>* writer) override;
  grpc::Status ListConferenceRecordings(grpc::ServerContext* context,
                                        const v1::ListConferenceRecordingsRequest* request,
                                        v1::ListConferenceRecordingsResponse* response) override;
  grpc::Status ReadConferenceRecording(
      grpc::ServerContext* context, const v1::ReadConferenceRecordingRequest* request,
      grpc::ServerWriter<v1::ReadConferenceRecordingResponse>* writer) override;
  grpc::Status DeleteConferenceRecording(grpc::ServerContext* context,
                                         const v1::DeleteConferenceRecordingRequest* request,
                                         v1::DeleteConferenceRecordingResponse* response) override;
  grpc::Status ExportPerson(grpc::ServerContext* context, const v1::ExportPersonRequest* request,
                            grpc::ServerWriter<v1::ExportPersonResponse>* writer) override;
  grpc::Status ErasePerson(grpc::ServerContext* context, const v1::ErasePersonRequest* request,
                           v1::ErasePersonResponse* response) override;

 private:
  reports::Reports& reports_;
};

}  // namespace narada::control::service

#endif  // NARADA_CONTROL_SERVICE_REPORT_SERVICE_H_
