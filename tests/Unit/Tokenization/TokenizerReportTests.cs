using FluentAssertions;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Foreign;
using TurkishLlm.Tokenization.Report;
using static TurkishLlm.Tests.Unit.Tokenization.SmallTokenizer;

namespace TurkishLlm.Tests.Unit.Tokenization;

public sealed class TokenizerReportTests
{
    // Has the merges "'d", "'da" and " s", " st", " sto", " stok"; ş and ğ are two bytes each.
    private static readonly Tokenizer Suffixes = new(
    [
        (Byte('\''), Byte('d')), (272, Byte('a')), (Byte(' '), Byte('s')), (274, Byte('t')), (275, Byte('o')), (276, Byte('k')),
    ]);

    private static readonly LoadedTokenizer Loaded = LoadedTokenizer.Of(Suffixes);

    [Fact]
    public void Counts_words_tokens_and_suffixes() =>
        TextMetrics.Measure(Loaded, "metin", ["Ev'da  5'da\t'da stok'un", "aş'ğa\n"]).Should().Be(new TextMetrics(
            "metin",
            Bytes: 23 + 8, Words: 4 + 1,
            Tokens: (2 + 1) + (2 + 1 + 1) + (1 + 1) + (1 + 3) + (3 + 4 + 1),
            PartialCharacterTokens: 4,
            Suffixes: 3 + 1, WholeSuffixes: 2));

    [Fact]
    public void Ratios_are_of_sums()
    {
        var sum = new TextMetrics("a", 10, 4, 5, 1, 2, 1) + new TextMetrics("b", 30, 6, 5, 0, 0, 0);
        sum.Should().Be(new TextMetrics("a", 40, 10, 10, 1, 2, 1));
        (sum.BytesPerToken, sum.TokensPerWord, sum.BytesPerWord, sum.PartialCharacterShare, sum.WholeSuffixShare)
            .Should()
            .Be((4, 1, 4, 0.1, 0.5));
        new TextMetrics("b", 30, 6, 5, 0, 0, 0).WholeSuffixShare.Should().Be(double.NaN);
    }

    [Fact]
    public void Terms_are_counted_as_words_in_either_case_and_sorted_by_it()
    {
        var terms = ErpTerms.Measure(Loaded, ["Stok kartı, stok. İade stoklar iade", "Stok\nrota"]);
        terms.Take(3).Select(term => (term.Term, term.Count)).Should().Equal(("stok", 3), ("iade", 2), ("rota", 1));
        terms[0].Tokens.Should().Equal(" stok");
        terms[2].Tokens.Should().Equal(" ", "r", "o", "t", "a");
        terms.Should().HaveCount(ErpTerms.All.Count);
    }

    [Fact]
    public void A_report_sums_its_domains()
    {
        var report = TokenizerReport.Measure("küçük", Loaded, [("bir", ["stok stok"]), ("iki", ["Ev'da", "5'da"])]);
        report.Domains.Select(domain => (domain.Name, domain.Words)).Should().Equal(("bir", 2), ("iki", 2));
        (report.Total.Words, report.Total.WholeSuffixes).Should().Be((4, 2));
        report.WholeTermShare.Should().Be(1.0 / ErpTerms.All.Count);
    }

    [Fact]
    public void Other_tokenizers_are_measured_in_the_same_way()
    {
        using var files = new ForeignFiles();
        (string, IReadOnlyList<string>)[] domains = [("metin", ["Ev'da  5'da\t'da stok'un", "aş'ğa\n", "u\u0308'da"])];
        var own = TokenizerReport.Measure("bizim", Loaded, domains);
        foreach (
            var file in (string[])[files.WriteJson(Suffixes), files.WriteTiktoken(Suffixes)])
        {
            var other = TokenizerReport.Measure("öteki", ForeignTokenizer.Load(file, SplitRule.Turkish.Pattern), domains);
            other.Total.Should().Be(own.Total with { PartialCharacterTokens = null });
            double.IsNaN(other.Total.PartialCharacterShare).Should().BeTrue();
            other.WholeTermShare.Should().Be(own.WholeTermShare);
            other.Terms.Should().HaveSameCount(own.Terms);
            other.Terms[0].Tokens.Should().Equal(own.Terms[0].Tokens);
        }
    }
}
