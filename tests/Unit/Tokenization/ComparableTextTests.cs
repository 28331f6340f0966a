using FluentAssertions;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Data.Retrieval;
using TurkishLlm.Synthesis.Verdicts;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.Unit.Tokenization;

/// <summary>Characters that a reader does not see or cannot tell apart.</summary>
public sealed class ComparableTextTests
{
    [Theory]
    [InlineData("Ka\u00ADpa\u00ADnış", "Kapanış")]
    [InlineData("si\u200Bpa\u2060riş\uFEFF \u200Eve\u202C", "sipariş ve")]
    [InlineData("10\u00A0kg\u202F%\u20095\u3000", "10 kg % 5 ")]
    [InlineData("\uFB01rma o\uFB03s", "firma offis")]
    [InlineData("NYY\u2011J", "NYY-J")]
    [InlineData("\uF0B7 madde \uF0C1", " madde ")]
    [InlineData("i\u0307stanbul", "istanbul")]
    [InlineData("s\u00AD\u0327i", "şi")]
    [InlineData("a\u2028b\u0085c\u000Cd\u0007", "a\nb\nc\nd")]
    [InlineData("Immo\u00AD\r\n  bilien ve\u00AD\n\nson", "Immobilien ve\n\nson")]
    [InlineData("👩\u200D🔧 ❤\uFE0F 1\uFE0F\u20E3", "👩\u200D🔧 ❤\uFE0F 1\uFE0F\u20E3")]
    [InlineData("a\u200Db\uFE0F", "ab")]
    [InlineData("می\u200Cخواهم", "می\u200Cخواهم")]
    [InlineData("x\U000E0041\uFFFC", "x")]
    [InlineData("½ m² – “ş” ’ \uD83D x", "½ m² – “ş” ’ \uD83D x")]
    public void Readable_text_has_no_invisible_characters(string text, string readable)
    {
        ReadableText.Create(text).Should().Be(readable);
        ReadableText.Create(readable).Should().BeSameAs(readable);
    }

    [Theory]
    [InlineData("sipar\u0456\u0219", "sipariş")]
    [InlineData("\u0410NKARA", "ANKARA")]
    [InlineData("\u039A\u0391BLO", "KABLO")]
    [InlineData("Москва Ωmega", "Москва Ωmega")]
    [InlineData("\uFF2E\uFF39\uFF39\uFF0D\uFF2A", "NYY-J")]
    [InlineData("Ankara\u2019da \u22125", "Ankara'da -5")]
    [InlineData("\u00B5m", "\u03BCm")]
    [InlineData("Çağrı", "Çağrı")]
    public void Characters_that_look_alike_are_one(string text, string comparable) =>
        ComparableText.Create(text).Should().Be(comparable);

    [Theory]
    [InlineData("ka\u00ADpa\u00ADnış", "kapanış")]
    [InlineData("\uFB01re", "fire")]
    [InlineData("sipar\u0456ş", "sipariş")]
    [InlineData("i\u0307rsaliye", "irsaliye")]
    [InlineData("\u200Bdepo\u00A0", "depo")]
    public void Search_metrics_and_grounding_find_the_word(string written, string word)
    {
        TurkishWords.Split(written).Should().Equal(word);
        new Bm25Index(["yemek öğlen", $"{written} ekranı"]).Search(word, 1).Should().ContainSingle().Which.Passage.Should().Be(1);
        new Bm25Index(["yemek öğlen", $"{word} ekranı"]).Search(written, 1).Should().ContainSingle().Which.Passage.Should().Be(1);
        WordOverlap.F1($"{written} ekranı", $"{word} ekranı").Should().Be(1);
        RougeL.Compute($"{written} ekranı", $"{word} ekranı").Should().Be(1);
        ChrFScore.Compute($"{written} ekranı", $"{word} ekranı").Should().Be(1);
        Groundedness.Compute(written, "soru", [$"{word} ekranı"]).Should().Be(1);
        Refusal.IsRefusal($"{written} bilgim yok.", $"{word} bilgim yok").Should().BeTrue();
        DuplicateQuestions.ComputeSimilarity($"{written} nedir?", $"{word} nedir?").Should().Be(1);
    }
}
