using FluentAssertions;
using TurkishLlm.Evaluation.Metrics;

namespace TurkishLlm.Tests.Unit.Evaluation;

[Trait("Suite", "Fast")]
public sealed class FieldMatchTests
{
    private const string Right = """{"sipariş": "SP-2031", "tarih": "12 Mart", "ürünler": ["NYY", "NYM"], "metre": 850}""";

    [Theory]
    [InlineData(Right, 1.0)]
    [InlineData("""{ "metre": 850, "ürünler": ["nym", "NYY"], "tarih": "12 MART.", "sipariş": "sp-2031" }""", 1.0)]
    [InlineData("""{"metre": "850"}""", 2 * 1.0 / 6)]
    [InlineData("""{"metre": 85, "tarih": "12 Mart", "yer": null}""", 2 * 1.0 / 7)]
    [InlineData("""{"ürünler": ["NYY", "NYY"]}""", 2 * 1.0 / 7)]
    [InlineData("""{"tarih": "12 Mart"} Tamam.""", 0.0)]
    [InlineData("""{"tarih": "SP-2031", "sipariş": "12 Mart", "metre": "NYY", "ürünler": 850}""", 0.0)]
    [InlineData("""{"tarih": "SP-2031", "sipariş": "12 Mart", "metre": 850}""", 2 * 1.0 / 8)]
    [InlineData("[1]", 0.0)]
    [InlineData("", 0.0)]
    public void Fields_count_one_by_one(string answer, double f1) =>
        FieldMatch.F1(answer, Right).Should().BeApproximately(f1, 1e-12);
}
