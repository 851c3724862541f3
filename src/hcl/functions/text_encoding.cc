#include "hcl/functions/text_encoding.h"

#include <array>

#include "base/text.h"

namespace landfall::hcl {
namespace {

struct Encoding {
  const char* system;  ///< as WHATWG's tables have it, which are Go's: of Shift_JIS, EUC-KR and Big5 those with Microsoft's and Hong Kong's characters
  std::string_view names;
};

constexpr std::array kEncodings{
    Encoding{"UTF-8", "UTF-8 csUTF8"},
    Encoding{"UTF-16", "UTF-16 csUTF16"},
    Encoding{"UTF-16BE", "UTF-16BE csUTF16BE"},
    Encoding{"UTF-16LE", "UTF-16LE csUTF16LE"},
    Encoding{"US-ASCII", "US-ASCII iso-ir-6 ANSI_X3.4-1968 ANSI_X3.4-1986 ISO_646.irv:1991 ISO646-US us IBM367 cp367 csASCII"},
    Encoding{"ISO-8859-1", "ISO-8859-1 ISO_8859-1:1987 iso-ir-100 ISO_8859-1 latin1 l1 IBM819 CP819 csISOLatin1"},
    Encoding{"ISO-8859-2", "ISO-8859-2 ISO_8859-2:1987 iso-ir-101 ISO_8859-2 latin2 l2 csISOLatin2"},
    Encoding{"ISO-8859-3", "ISO-8859-3 ISO_8859-3:1988 iso-ir-109 ISO_8859-3 latin3 l3 csISOLatin3"},
    Encoding{"ISO-8859-4", "ISO-8859-4 ISO_8859-4:1988 iso-ir-110 ISO_8859-4 latin4 l4 csISOLatin4"},
    Encoding{"ISO-8859-5", "ISO-8859-5 ISO_8859-5:1988 iso-ir-144 ISO_8859-5 cyrillic csISOLatinCyrillic"},
    Encoding{"ISO-8859-6", "ISO-8859-6 ISO_8859-6:1987 iso-ir-127 ISO_8859-6 ECMA-114 ASMO-708 arabic csISOLatinArabic ISO-8859-6-E ISO_8859-6-E csISO88596E ISO-8859-6-I ISO_8859-6-I csISO88596I"},
    Encoding{"ISO-8859-7", "ISO-8859-7 ISO_8859-7:1987 iso-ir-126 ISO_8859-7 ELOT_928 ECMA-118 greek greek8 csISOLatinGreek"},
    Encoding{"ISO-8859-8", "ISO-8859-8 ISO_8859-8:1988 iso-ir-138 ISO_8859-8 hebrew csISOLatinHebrew ISO-8859-8-E ISO_8859-8-E csISO88598E ISO-8859-8-I ISO_8859-8-I csISO88598I"},
    Encoding{"ISO-8859-9", "ISO-8859-9 ISO_8859-9:1989 iso-ir-148 ISO_8859-9 latin5 l5 csISOLatin5"},
    Encoding{"ISO-8859-10", "ISO-8859-10 iso-ir-157 l6 ISO_8859-10:1992 csISOLatin6 latin6"},
    Encoding{"ISO-8859-13", "ISO-8859-13 csISO885913"},
    Encoding{"ISO-8859-14", "ISO-8859-14 iso-ir-199 ISO_8859-14:1998 ISO_8859-14 latin8 iso-celtic l8 csISO885914"},
    Encoding{"ISO-8859-15", "ISO-8859-15 ISO_8859-15 Latin-9 csISO885915"},
    Encoding{"ISO-8859-16", "ISO-8859-16 iso-ir-226 ISO_8859-16:2001 ISO_8859-16 latin10 l10 csISO885916"},
    Encoding{"CP932", "Shift_JIS MS_Kanji csShiftJIS"},
    Encoding{"EUC-JP-MS", "EUC-JP Extended_UNIX_Code_Packed_Format_for_Japanese csEUCPkdFmtJapanese"},
    Encoding{"ISO-2022-JP", "ISO-2022-JP csISO2022JP"},
    Encoding{"CP949", "EUC-KR csEUCKR"},
    Encoding{"GBK", "GBK CP936 MS936 windows-936 csGBK"},
    Encoding{"GB18030", "GB18030 csGB18030"},
    Encoding{"BIG5-HKSCS", "Big5 csBig5"},
    Encoding{"IBM037", "IBM037 cp037 ebcdic-cp-us ebcdic-cp-ca ebcdic-cp-wt ebcdic-cp-nl csIBM037"},
    Encoding{"IBM437", "IBM437 cp437 437 csPC8CodePage437"},
    Encoding{"IBM850", "IBM850 cp850 850 csPC850Multilingual"},
    Encoding{"IBM852", "IBM852 cp852 852 csPCp852"},
    Encoding{"IBM855", "IBM855 cp855 855 csIBM855"},
    Encoding{"IBM858", "IBM00858 CCSID00858 CP00858 PC-Multilingual-850+euro csIBM00858"},
    Encoding{"IBM860", "IBM860 cp860 860 csIBM860"},
    Encoding{"IBM862", "IBM862 cp862 862 csPC862LatinHebrew"},
    Encoding{"IBM863", "IBM863 cp863 863 csIBM863"},
    Encoding{"IBM865", "IBM865 cp865 865 csIBM865"},
    Encoding{"IBM866", "IBM866 cp866 866 csIBM866"},
    Encoding{"IBM1047", "IBM1047 IBM-1047 csIBM1047"},
    Encoding{"IBM1140", "IBM01140 CCSID01140 CP01140 ebcdic-us-37+euro csIBM01140"},
    Encoding{"KOI8-R", "KOI8-R csKOI8R"},
    Encoding{"KOI8-U", "KOI8-U csKOI8U"},
    Encoding{"MACINTOSH", "macintosh mac csMacintosh"},
    Encoding{"CP874", "windows-874 cswindows874"},
    Encoding{"CP1250", "windows-1250 cswindows1250"},
    Encoding{"CP1251", "windows-1251 cswindows1251"},
    Encoding{"CP1252", "windows-1252 cswindows1252"},
    Encoding{"CP1253", "windows-1253 cswindows1253"},
    Encoding{"CP1254", "windows-1254 cswindows1254"},
    Encoding{"CP1255", "windows-1255 cswindows1255"},
    Encoding{"CP1256", "windows-1256 cswindows1256"},
    Encoding{"CP1257", "windows-1257 cswindows1257"},
    Encoding{"CP1258", "windows-1258 cswindows1258"},
};

}  // namespace

const char* encoding_named(std::string_view name) {
  for (const Encoding& encoding : kEncodings) {
    for (std::string_view rest = encoding.names; !rest.empty();) {
      const size_t end = rest.find(' ');
      if (iequals(rest.substr(0, end), name)) return encoding.system;
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
  }
  return nullptr;
}

}  // namespace landfall::hcl
