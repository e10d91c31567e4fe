#ifndef NARADA_CONTROL_MODEL_ACCESS_NUMBER_H_
#define NARADA_CONTROL_MODEL_ACCESS_NUMBER_H_

#include <string>

#include "control/model/language.h"
#include "control/model/phone_number.h"

namespace narada::control {

// What a caller of an access number is asked first.
enum class EntryKind {
  kMenu,        // The whole menu: language, join, reserve, extend.
  kRoomAndPin,  // Room number and PIN, no menu (moderated service).
  kPin,         // The PIN alone, which finds room and role (moderated service).
};

enum class TariffKind { kLocal, kTollFree, kSharedCost, kMobile };

// A number that the service answers.
struct AccessNumber {
  PhoneNumber number;
  Language language = Language::kPolish;  // The language that greets.
  EntryKind entry = EntryKind::kMenu;
  TariffKind tariff = TariffKind::kLocal;
  std::string country;   // ISO 3166 alpha-2; empty if not said.
  std::string tenant;    // Empty: the on-demand service.
  std::string greeting;  // Name of an own recording that greets; empty: the usual greeting.
  // Of rooms and PINs of reservations made on this number; 0: the service's lengths.
  int room_digits_min = 0;
  int pin_digits = 0;
  bool operator==(const AccessNumber&) const = default;
};

}  // namespace narada::control

#endif  // NARADA_CONTROL_MODEL_ACCESS_NUMBER_H_
