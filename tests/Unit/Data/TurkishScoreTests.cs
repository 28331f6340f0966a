using FluentAssertions;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Data;

public sealed class TurkishScoreTests
{
    [Theory]
    [InlineData("Bu sabah fabrikada üretilen kablolar için yeni bir ölçüm yapıldı ve sonuç çok iyi çıktı.", 0.4, 1)]
    [InlineData("IŞIKLAR SÖNDÜĞÜNDE ŞOFÖR ÇOK ÜZGÜNDÜ", 0.8, 1)]
    [InlineData("Yarin sabah yeni depoya gidip bu malzeme icin bir liste daha yapacak ve onu sana da gonderecek.", 0.2, 0.7)]
    [InlineData("The cable was measured in the morning and it was sent to the store with all of the others.", -1, -0.3)]
    [InlineData("Der Bericht wurde von dem Ausschuss geprüft; die Mitglieder haben das Ergebnis nicht übernommen.", -0.6, 0.1)]
    [InlineData(
        "public static int Sum(int[] values) { var sum = 0; foreach (var x in values) { sum += x; } return sum; }",
        -1, -0.3)]
    [InlineData("Отчёт был прочитан всеми членами комитета.", -1, -1)]
    [InlineData("1923 29 10 — … !", 0, 0)]
    [InlineData("—", 0, 0)]
    public void Distinguishes_Turkish_from_other_text(string text, double low, double high) =>
        TurkishScore.Compute(text).Should().BeInRange(low, high);

    [Fact]
    public void Every_fixture_text_is_turkish() =>
        DocumentReader
            .Read(Path.Combine(ReferenceRun.Fixtures, "text"))
            .Where(document => document.File.Contains("encyclopedia", StringComparison.Ordinal))
            .Select(document => TurkishScore.Compute(document.Text)).Should().OnlyContain(score => score > 0.2);
}
