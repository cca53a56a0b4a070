#pragma once

#include "trace/text.hpp"
#include "trace/time_text.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cmath>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace meshtrace {

/// RapidJSON with the habits of our answers: names go with their values, text
/// is mended to UTF-8, fractions have at most three decimals and are never
/// NaN. For *.cpp files that write JSON; it includes RapidJSON.
class json_writer {
public:
  void open() {
    out_.StartObject();
  }
  void open(std::string_view name) {
    key(name);
    out_.StartObject();
  }
  void close() {
    out_.EndObject();
  }

  void open_list(std::string_view name) {
    key(name);
    out_.StartArray();
  }
  void close_list() {
    out_.EndArray();
  }
  void item(std::string_view text) {
    value(text);
  }

  void put(std::string_view name, std::string_view text) {
    key(name);
    value(text);
  }
  template <std::same_as<bool> T>
  void put(std::string_view name, T yes) {
    key(name);
    out_.Bool(yes);
  }
  template <std::integral T>
  requires(!std::same_as<T, bool>) void put(std::string_view name, T number) {
    key(name);
    if constexpr (std::is_signed_v<T>)
      out_.Int64(number);
    else
      out_.Uint64(number);
  }
  void put(std::string_view name, double number) {
    key(name);
    const auto rounded = std::round(number * 1000) / 1000;
    out_.Double(std::isfinite(rounded) ? rounded : 0);
  }
  /// Null for a text that is empty.
  void put_or_null(std::string_view name, std::string_view text) {
    if (text.empty())
      put_null(name);
    else
      put(name, text);
  }
  void put_null(std::string_view name) {
    key(name);
    out_.Null();
  }

  /// Nanoseconds since 1970, or null.
  void put_time(std::string_view name, std::optional<std::int64_t> ns) {
    if (ns)
      put(name, std::string_view{format_time(*ns)});
    else
      put_null(name);
  }

  /// Nanoseconds as milliseconds.
  void put_ms(std::string_view name, std::int64_t ns) {
    key(name);
    const auto text = format_ms(ns);
    out_.RawValue(text.data(), text.size(), rapidjson::kNumberType);
  }

  /// What was written. Nothing may be written after it.
  std::string text() const {
    return {buffer_.GetString(), buffer_.GetSize()};
  }

private:
  void key(std::string_view name) {
    value(name); // RapidJSON tells keys and values apart by their position
  }

  void value(std::string_view text) {
    text = valid_utf8(text, mended_);
    const auto* first = text.empty() ? "" : text.data(); // never null
    out_.String(first, static_cast<rapidjson::SizeType>(text.size()));
  }

  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> out_{buffer_};
  std::string mended_;
};

} // namespace meshtrace
