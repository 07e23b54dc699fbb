# cmake -DIN=file -DOUT=header -DNAME=kName -P embed_text.cmake: a text file as a C++ string.
# Split into pieces, because compilers limit the length of one literal.
file(READ ${IN} text)
string(LENGTH "${text}" length)
set(out "// Made from ${NAME}'s file by cmake/embed_text.cmake.\n#pragma once\n#include <string_view>\n\ninline constexpr std::string_view ${NAME} =\n")
set(at 0)
while(at LESS length)
  string(SUBSTRING "${text}" ${at} 8000 piece)
  string(APPEND out "R\"~~~(${piece})~~~\"\n")
  math(EXPR at "${at} + 8000")
endwhile()
string(APPEND out ";\n")
file(WRITE ${OUT} "${out}")
