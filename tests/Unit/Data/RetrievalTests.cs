using FluentAssertions;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Data.Retrieval;

namespace TurkishLlm.Tests.Unit.Data;

/// <summary>
/// Words, terms and scores, computed by hand. The scores recorded from another program are in the golden tests.
/// </summary>
public sealed class RetrievalTests
{
    [Theory]
    [InlineData("Ankara'daki IŞIK, 1.284,5 kg!", "ankara ışık 1.284,5 kg")]
    [InlineData("İSTANBUL’un I\u0307ZMI\u0307R", "istanbul izmir")]
    [InlineData("sıcaklık -5 °C, 2019-2020", "sıcaklık -5 c 2019 2020")]
    [InlineData("u\u0308retim\u200B mm² ½", "üretim mm² ½")]
    [InlineData("'tek' ‘çift’ 'ın", "tek çift ın")]
    [InlineData("3. 4,  5,", "3 4 5")]
    [InlineData("😀 x😀y 𝒳", "x y 𝒳")]
    [InlineData("TI_HAREKET", "tı hareket")]
    [InlineData(" \t\n…", "")]
    public void Words_of(string text, string words) => TurkishWords.Normalize(text).Should().Be(words);

    [Theory]
    [InlineData("deposundaki", "depos")]
    [InlineData("ığdır", "igdir")]
    [InlineData("kâğıt", "kagit")]
    [InlineData("api", "api")]
    [InlineData("apı", "api")]
    [InlineData("d50", "d50")]
    [InlineData("is-emri", "is-em")]
    [InlineData("1.284,5", "1.284,5")]
    [InlineData("abc123def", "abc123def")]
    public void Term_of(string word, string term) => SearchTerms.GetTerm(word).Should().Be(term);

    [Theory]
    [InlineData("deposundaki", "depos deposund$")]
    [InlineData("kâğıtlar", "kagit kagitlar$")]
    [InlineData("api D50 1.284,5 abc123def kablo", "api d50 1.284,5 abc123def kablo")]
    [InlineData("kabloda", "kablo kabloda$")]
    public void Index_terms_of(string text, string terms) =>
        string.Join(' ', SearchTerms.ExtractForIndex(text)).Should().Be(terms);

    [Fact]
    public void A_score_is_that_of_the_formula()
    {
        // Three passages of 2, 4 and 3 terms, mean 3. "kablo" is in two, "bakır" in one, twice.
        var index = new Bm25Index(["kablo tel", "bakır bakır tepe kablo", "depo sayım fişi"]);
        var (kablo, bakir) = (Math.Log(1 + 1.5 / 2.5), Math.Log(1 + 2.5 / 1.5));
        var hits = index.Search("Kablodaki bakır, bakır!", 5);
        hits.Select(hit => hit.Passage).Should().Equal(1, 0);
        hits[0]
            .Score.Should()
            .BeApproximately(
                bakir * 2 * 1.9 / (2 + 0.9 * (0.6 + 0.4 * 4 / 3)) + kablo * 1.9 / (1 + 0.9 * (0.6 + 0.4 * 4 / 3)), 1e-12);
        hits[1].Score.Should().BeApproximately(kablo * 1.9 / (1 + 0.9 * (0.6 + 0.4 * 2 / 3)), 1e-12);
    }

    [Fact]
    public void A_term_of_the_headings_counts_three_times()
    {
        // 2 + 3·1 and 3 terms, mean 4.
        var index = new Bm25Index([new("kablo tel", "bakır"), new("bakır tepe depo")]);
        var rarity = Math.Log(1 + 0.5 / 2.5);
        var hits = index.Search("bakır", 5);
        hits.Select(hit => hit.Passage).Should().Equal(0, 1);
        hits[0].Score.Should().BeApproximately(rarity * 3 * 1.9 / (3 + 0.9 * (0.6 + 0.4 * 5 / 4)), 1e-12);
        hits[1].Score.Should().BeApproximately(rarity * 1.9 / (1 + 0.9 * (0.6 + 0.4 * 3 / 4)), 1e-12);
    }

    [Fact]
    public void Equal_passages_come_in_their_order_and_no_more_than_asked_for()
    {
        var index = new Bm25Index(["kasa", "depo", "kasa", "kasa"]);
        index.Search("kasa", 2).Select(hit => hit.Passage).Should().Equal(0, 2);
        index.Search("fatura", 2).Should().BeEmpty();
        new Bm25Index([]).Search("makara", 2).Should().BeEmpty();
    }
}
