using System.Numerics;
using FluentAssertions;
using TurkishLlm.Inference.Tools;

namespace TurkishLlm.Tests.Unit.Inference.Tools;

[Trait("Suite", "Fast")]
public sealed class CalculatorToolTests
{
    [Theory]
    [InlineData("1 ÷ 3", "≈ 0,333333333333333")]
    [InlineData("2 ÷ 3", "≈ 0,666666666666667")]
    [InlineData("1 ÷ 3.000.000", "≈ 0,000000333333333333333")]
    [InlineData("-200 ÷ 3", "≈ -66,666666666666667")]
    [InlineData("1/8", "0,125")]
    [InlineData("2^-10", "0,0009765625")]
    [InlineData("%18 × 250", "45")]
    [InlineData("18% * 250", "45")]
    [InlineData("((2))", "2")]
    [InlineData("  7 x 6 ", "42")]
    [InlineData("2**10", "1024")]
    [InlineData("3³ + 2²", "31")]
    [InlineData("--5", "5")]
    [InlineData("2 − -3", "5")]
    [InlineData("10:4", "2,5")]
    [InlineData("(-1)^100001", "-1")]
    [InlineData("0^5000", "0")]
    [InlineData("007", "7")]
    [InlineData("0 × 5", "0")]
    public void Computes(string expression, string value) => CalculatorTool.Compute(expression).Should().Be(value);

    [Theory]
    [InlineData("5 ÷ 0", "sıfıra bölme tanımsızdır.")]
    [InlineData("5 ÷ (2 − 2)", "sıfıra bölme tanımsızdır.")]
    [InlineData("0^0", "sıfırın sıfırıncı ve negatif kuvveti tanımsızdır.")]
    [InlineData("0^-1", "sıfırın sıfırıncı ve negatif kuvveti tanımsızdır.")]
    [InlineData("2^0,5", "üs tam sayı olmalıdır.")]
    [InlineData("9^9^9", "sayı çok büyük.")]
    [InlineData("2^1000000000000000000000", "sayı çok büyük.")]
    [InlineData("10^308 × 10^308", "sayı çok büyük.")]
    [InlineData("1 ÷ 3^300", "sayı sıfıra çok yakın.")]
    [InlineData("1.5 + 1", "1.5 bir sayı değil: ondalık ayırıcı virgül, binlik ayırıcı noktadır (1.234,56).")]
    [InlineData("1,2,3", "1,2,3 bir sayı değil: ondalık ayırıcı virgül, binlik ayırıcı noktadır (1.234,56).")]
    [InlineData("12.", "12. bir sayı değil: ondalık ayırıcı virgül, binlik ayırıcı noktadır (1.234,56).")]
    [InlineData("2 +", "ifade eksik: bir sayı bekleniyordu.")]
    [InlineData("", "ifade eksik: bir sayı bekleniyordu.")]
    [InlineData("(2 + 3", "kapanan parantez eksik.")]
    [InlineData("2 + 3)", "6. karakter beklenmiyordu: )")]
    [InlineData("2 3", "3. karakter beklenmiyordu: 3")]
    [InlineData("System.exit()", "1. karakter beklenmiyordu: S")]
    [InlineData("٣ + 1", "1. karakter beklenmiyordu: ٣")]
    public void Explains_what_it_cannot_compute(string expression, string reason) =>
        FluentActions.Invoking(() => CalculatorTool.Compute(expression)).Should().Throw<ToolException>().WithMessage(reason);

    [Fact]
    public void Long_and_deep_expressions_are_refused_at_once()
    {
        Refuse(new string('9', 501)).Should().Be("ifade 501 karakter; en çok 500 olabilir.");
        Refuse(new string('(', 400)).Should().Be("ifade çok derin; en çok 64 basamak olabilir.");
        Refuse(new string('-', 400)).Should().Be("ifade çok derin; en çok 64 basamak olabilir.");
        Refuse(string.Join('^', Enumerable.Repeat("1", 200))).Should().Be("ifade çok derin; en çok 64 basamak olabilir.");
        CalculatorTool.Compute(string.Join('+', Enumerable.Repeat("1", 250))).Should().Be("250");

        static string Refuse(string expression) =>
            FluentActions.Invoking(() => CalculatorTool.Compute(expression)).Should().Throw<ToolException>().Which.Message;
    }

    [Fact]
    public void Any_text_has_a_value_or_a_reason()
    {
        const string letters = "0123456789.,+-−*×/÷:^%²³()xX e\u0660\n";
        var (random, values) = (new Random(11), 0);
        for (var i = 0; i < 5000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 30)).Select(_ => letters[random.Next(letters.Length)]));
            try
            {
                CalculatorTool.Compute(text).Should().MatchRegex(@"\A(≈ )?-?[0-9]+(,[0-9]*[1-9])?\z", text);
                values++;
            }
            catch (ToolException error)
            {
                error.Message.Should().NotBeEmpty();
            }
        }
        values.Should().BeGreaterThan(50);
    }

    [Fact]
    public void Random_sums_and_products_are_those_of_big_integers()
    {
        var random = new Random(7);
        for (var i = 0; i < 300; i++)
        {
            var (a, b, c) = (random.NextInt64(long.MaxValue), random.NextInt64(long.MaxValue), random.Next(1, 1000));
            CalculatorTool.Compute(FormattableString.Invariant($"({a} + {b}) × {c} − {b}"))
                .Should().Be(FormattableString.Invariant($"{((BigInteger)a + b) * c - b}"));
        }
    }
}
