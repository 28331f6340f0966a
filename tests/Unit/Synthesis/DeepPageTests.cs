using FluentAssertions;
using TurkishLlm.Synthesis.Documentation;

namespace TurkishLlm.Tests.Unit.Synthesis;

public sealed class DeepPageTests
{
    [Fact]
    public void A_page_that_is_nested_ten_thousand_deep_is_read_all_the_same()
    {
        var page = DocumentationReader.Parse(
            "a.html",
            $"<main>{string.Concat(Enumerable.Repeat("<div>", 10_000))}en içteki söz</main>")[0];
        page.Text.Trim().Should().Be("en içteki söz");
    }
}
