using FluentAssertions;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.Unit.Tokenization;

[Trait("Suite", "Fast")]
public sealed class TurkishCaseTests
{
    [Theory]
    [InlineData("IĞDIR İZMİR", "ığdır izmir")]
    [InlineData("ÇĞIİÖŞÜÂÎÛ", "çğıiöşüâîû")]
    [InlineData("I\u0307stanbul", "istanbul")]
    [InlineData("FILE ID", "fıle ıd")]
    [InlineData("ÉCOLE Ж Ω 𐐀 ẞ", "école ж ω 𐐨 ß")]
    public void Lowers(string text, string lower) => TurkishCase.ToLower(text).Should().Be(lower);

    [Theory]
    [InlineData("ığdır izmir", "IĞDIR İZMİR")]
    [InlineData("çğıiöşüâîû", "ÇĞIİÖŞÜÂÎÛ")]
    [InlineData("title", "TİTLE")]
    [InlineData("école ж", "ÉCOLE Ж")]
    public void Raises(string text, string upper) => TurkishCase.ToUpper(text).Should().Be(upper);
}
