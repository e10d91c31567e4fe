#include "control/reports/csv.h"

#include "gtest/gtest.h"

namespace narada::control::reports {
namespace {

TEST(Csv, LineEndsAsRfc4180Says) { EXPECT_EQ(CsvLine({"a", "", "c"}), "a,,c\r\n"); }

TEST(Csv, EmptyFirstFieldKeepsItsPlace) { EXPECT_EQ(CsvLine({"", "b"}), ",b\r\n"); }

TEST(Csv, CommaQuoteAndLineEndAreQuoted) {
  EXPECT_EQ(CsvLine({"Kowalski, Jan", "\"Jan\"", "two\nlines"}),
            "\"Kowalski, Jan\",\"\"\"Jan\"\"\",\"two\nlines\"\r\n");
}

TEST(Csv, WhatASpreadsheetWouldComputeIsShownAsText) {
  EXPECT_EQ(CsvLine({"=1+1", "+1+1", "-1-1", "@SUM(A1)", "\t=1", "+", "-"}),
            "'=1+1,'+1+1,'-1-1,'@SUM(A1),'\t=1,'+,'-\r\n");
  EXPECT_EQ(CsvLine({"\r=1", "=HYPERLINK(\"http://x\",\"y\")"}),
            "\"'\r=1\",\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"\r\n");
}

TEST(Csv, PlainNumbersStayNumbers) {
  EXPECT_EQ(CsvLine({"+48601234567", "-5", "4.2"}), "+48601234567,-5,4.2\r\n");
}

}  // namespace
}  // namespace narada::control::reports
