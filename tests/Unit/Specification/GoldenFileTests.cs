using FluentAssertions;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Specification;

public sealed class GoldenFileTests
{
    [Theory]
    [InlineData("a\nb\n", "a\nb\n", null)]
    [InlineData("a\nbcd\n", "a\nbxd\n", "line 2, column 2:\n  verified: bcd\n  received: bxd\n")]
    [InlineData("a", "a\nb", "line 2, column 1:\n  verified: (no line)\n  received: b\n")]
    [InlineData("a\nb", "a", "line 2, column 1:\n  verified: b\n  received: (no line)\n")]
    public void A_difference_names_the_first_line_that_differs(string expected, string actual, string? difference) =>
        GoldenFile.FindDifference(expected, actual).Should().Be(difference);

    [Fact]
    public void A_long_line_is_shown_around_the_difference()
    {
        var start = new string('a', 100) + "0123456789";
        GoldenFile.FindDifference(start + "b" + new string('c', 200), start + "d" + new string('c', 9)).Should().Be(
            $"line 1, column 111:\n  verified: …{new string('a', 30)}0123456789b{new string('c', 119)}…\n"
                + $"  received: …{new string('a', 30)}0123456789d{new string('c', 9)}\n");
    }
}
