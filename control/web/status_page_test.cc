#include "control/web/status_page.h"

#include "gtest/gtest.h"

namespace narada::control::web {
namespace {

TEST(EscapeHtml, NothingOfAHostileNameIsMarkup) {
  EXPECT_EQ(EscapeHtml("<script>alert('x')</script>"),
            "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;");
  EXPECT_EQ(EscapeHtml("\" onload=\"x&y"), "&quot; onload=&quot;x&amp;y");
}

TEST(EscapeHtml, PolishIsLeftAsItIs) { EXPECT_EQ(EscapeHtml("Zażółć gęślą"), "Zażółć gęślą"); }

}  // namespace
}  // namespace narada::control::web
