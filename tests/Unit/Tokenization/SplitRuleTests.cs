using FluentAssertions;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.Unit.Tokenization;

[Trait("Suite", "Fast")]
public sealed class SplitRuleTests
{
    [Theory]
    [InlineData("Ankara'da", "Ankara|'da")]
    [InlineData("Ankara’da kaldı", "Ankara|’da| kaldı")]
    [InlineData("1990'larda", "199|0|'larda")]
    [InlineData("\"Kanun\"'un", "\"|Kanun|\"|'un")]
    [InlineData(" 'tek tırnak'", " '|tek| tırnak|'")]
    [InlineData("12345678", "123|456|78")]
    [InlineData("yıl 2024", "yıl| 202|4")]
    [InlineData("1.234,5", "1|.|234|,|5")]
    [InlineData("dur!!! git", "dur|!!!| git")]
    [InlineData("x = (a)", "x| =| (|a|)")]
    [InlineData("a   b", "a|  | b")]
    [InlineData("a\t\tb", "a|\t|\t|b")]
    [InlineData("a  5", "a| | 5")]
    [InlineData("a  \n  b", "a|  \n| | b")]
    [InlineData("a\r\n\r\nb", "a|\r\n\r\n|b")]
    [InlineData("son   ", "son|   ")]
    [InlineData("u\u0308st", "u\u0308st")]
    [InlineData("\u0301a", "\u0301|a")]
    [InlineData("iyi 😀👍", "iyi| 😀👍")]
    [InlineData("𝐀𝐁 𝟙𝟚𝟛𝟜", "𝐀𝐁| 𝟙𝟚𝟛|𝟜")]
    [InlineData("a𝐁𝐜𐞀", "a𝐁𝐜𐞀")]                             // letters beyond U+FFFF: upper case, lower case, modifier
    [InlineData("a\U000101FD\U0001D165b", "a\U000101FD\U0001D165b")]   // marks beyond U+FFFF
    [InlineData("5𐅀𐡘", "5𐅀𐡘")]                               // numbers beyond U+FFFF
    public void Cuts(string text, string preTokens) => string.Join('|', SplitPreTokens(text)).Should().Be(preTokens);

    // Attributes store text as UTF-8, where a lone surrogate becomes U+FFFD.
    [Fact]
    public void Half_of_a_character_is_no_letter()
    {
        SplitPreTokens("a\uD83Db").Should().Equal("a", "\uD83D", "b");
        SplitPreTokens("a\uD83D").Should().Equal("a", "\uD83D");
        SplitPreTokens("a\uDE00b").Should().Equal("a", "\uDE00", "b");
    }

    [Fact]
    public void Gives_nothing_for_no_text() => SplitPreTokens("").Should().BeEmpty();

    [Fact]
    public void Says_where_a_piece_begins()
    {
        var starts = new List<int>();
        for (var preTokens = SplitRule.Turkish.Split("İzmir'den 35 km"); preTokens.MoveNext();) starts.Add(preTokens.Start);
        starts.Should().Equal(0, 5, 9, 12);
    }

    [Theory]
    [InlineData("turkish", "turkish")]
    [InlineData("gpt-4o", "gpt-4o")]
    [InlineData("GPT-4o", null)]
    [InlineData("gpt2", null)]
    public void Finds_a_rule_by_its_name(string name, string? found) => SplitRule.Find(name)?.Name.Should().Be(found);

    [Fact]
    public void Finds_a_rule_by_its_pattern()
    {
        foreach (var rule in SplitRule.All) SplitRule.FindByPattern(rule.Pattern).Should().Be(rule);
        SplitRule.FindByPattern(@"\s+").Should().BeNull();
    }

    [Fact]
    public void Every_rule_that_llama_cpp_has_is_its_own_nearest()
    {
        foreach (var rule in SplitRule.All.Skip(1)) rule.NearestLlamaCpp.Should().Be(rule);
        SplitRule.Turkish.NearestLlamaCpp.Should().Be(SplitRule.Bloom);
    }

    [Fact]
    public void Another_rule_keeps_the_tokens_and_changes_where_text_is_split()
    {
        var other = SmallTokenizer.Instance.WithSplit(SplitRule.Qwen2);
        other.Merges.Should().Equal(SmallTokenizer.Instance.Merges);
        other.Hash.Should().NotBe(SmallTokenizer.Instance.Hash);
        other.EncodeToIds("1923'te").Should().NotEqual(SmallTokenizer.Instance.EncodeToIds("1923'te"));
    }

    private static List<string> SplitPreTokens(string text)
    {
        var preTokens = new List<string>();
        foreach (var preToken in SplitRule.Turkish.Split(text)) preTokens.Add(preToken.ToString());
        return preTokens;
    }
}
