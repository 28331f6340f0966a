using FluentAssertions;
using TurkishLlm.Files;

namespace TurkishLlm.Tests.Unit.Files;

/// <summary>A JSON string that is not text is refused where it is read, with its location.</summary>
public sealed class StrictJsonTests
{
    [Theory]
    [InlineData("""{"a":"kesik \ud83d"}""", @"\ud83d")]
    [InlineData("""{"a":"\ude00 kesik"}""", @"\ude00")]
    [InlineData("""{"a":"\ud83d\ud83d\ude00"}""", @"\ud83d")]
    [InlineData("""{"a":"ters \ude00\ud83d"}""", @"\ude00")]
    [InlineData("""{"\uD83D":1}""", @"\uD83D")]
    [InlineData("""[{"a":["b",{"c":"\\\ud83d"}]}]""", @"\ud83d")]
    [InlineData("""{"a":"\ud83dA"}""", @"\ud83d")]
    [InlineData("""{"a":"\ud83d\n"}""", @"\ud83d")]
    public void Refuses_half_of_a_surrogate_pair_and_names_it(string json, string half)
    {
        var parse = () => StrictJson.Parse(json, "rows.jsonl:7");
        parse.Should().Throw<InvalidDataException>().WithMessage($"rows.jsonl:7: a string is not text: {half} is half*");
        var node = () => StrictJson.ParseNode(json, "rows.jsonl:7");
        node.Should().Throw<InvalidDataException>();
        var value = () => StrictJson.Deserialize<object>(json, options: null, "rows.jsonl:7");
        value.Should().Throw<InvalidDataException>();
    }

    [Theory]
    [InlineData("""{"a":"\ud83d\ude00"}""", "😀")]
    [InlineData("""{"a":"\\ud83d"}""", @"\ud83d")]
    [InlineData("""{"a":"ığ \u011f \\\u0131"}""", @"ığ ğ \ı")]
    public void Reads_whole_pairs_and_escaped_backslashes(string json, string expected)
    {
        using var document = StrictJson.Parse(json, "x");
        document.RootElement.GetProperty("a").GetString().Should().Be(expected);
    }

    [Fact]
    public void Refuses_a_key_that_is_there_twice()
    {
        var parse = () => StrictJson.Parse("""{"content":"bir","content":"iki"}""", "rows.jsonl:3");
        parse.Should().Throw<InvalidDataException>().WithMessage("rows.jsonl:3: *content*");
    }

    [Fact]
    public void Gives_the_line_of_an_error_in_a_file_of_several_lines()
    {
        var parse = () => StrictJson.Parse("{\n\"a\": 1,\n\"b\" 2}", "config.json");
        parse.Should().Throw<InvalidDataException>().WithMessage("config.json, line 3: not JSON at byte 5: *");
        var half = () => StrictJson.Parse("{\n\"a\": 1,\n\"b\": \"\\ud83d\"}", "config.json");
        half.Should().Throw<InvalidDataException>().WithMessage("config.json, line 3: a string is not text*");
    }

    [Fact]
    public void Shortens_what_it_quotes_but_not_the_sentence()
    {
        var parse = () => StrictJson.Parse("{\"a\": t" + new string('ş', 5000) + "}", "rows.jsonl:1");
        parse.Should().Throw<InvalidDataException>()
            .WithMessage("rows.jsonl:1: not JSON at byte *: 't*…' is an invalid JSON literal. Expected the literal 'true'.")
            .Which.Message.Length.Should().BeLessThan(300);
    }

    [Fact]
    public void Refuses_a_string_of_the_program_with_half_of_a_pair()
    {
        var parse = () => StrictJson.Parse("{\"a\":\"" + '\ud83d' + "\"}", "reply");
        parse.Should().Throw<InvalidDataException>().WithMessage("reply: the text has half of a surrogate pair.");
    }
}
