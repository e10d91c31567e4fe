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

enum class TariffKind { kLocal, kTollFree, kSharedCost };

// A number that the service answers.
struct AccessNumber {
  PhoneNumber number;
  Language language = Language::kPolish;  // The language that greets.
  EntryKind entry = EntryKind::kMenu;
  TariffKind tariff = TariffKind::kLocal;
  std::string country;  // ISO 3166 alpha-2; empty if not said.
  std::string tenant;   // Empty: the on-demand service.
};

}  // namespace narada::control

#endif  // NARADA_CONTROL_MODEL_ACCESS_NUMBER_H_
