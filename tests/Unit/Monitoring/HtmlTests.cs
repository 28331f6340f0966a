using System.Globalization;
using AngleSharp.Html.Parser;
using FluentAssertions;
using TurkishLlm.Monitoring.Pages;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Monitoring;

public sealed class HtmlTests
{
    [Fact]
    public void Values_are_encoded_and_markup_is_not()
    {
        var cell = Html.From($"<td>{"a < b & 'c'"}</td>");
        Html.From($"<tr title=\"{"\"x\" onclick=y"}\">{cell}{new[] { cell, cell }}</tr>").ToString().Should().Be(
            "<tr title=\"&quot;x&quot; onclick=y\"><td>a &lt; b &amp; &#x27;c&#x27;</td>"
                + "<td>a &lt; b &amp; &#x27;c&#x27;</td><td>a &lt; b &amp; &#x27;c&#x27;</td></tr>");
    }

    [Fact]
    public void Numbers_are_the_same_under_any_culture()
    {
        var thread = Thread.CurrentThread;
        var before = thread.CurrentCulture;
        thread.CurrentCulture = new CultureInfo("tr-TR");
        try
        {
            Html.From($"{1234.5:N1} {-0.25} {7:N0}").ToString().Should().Be("1,234.5 -0.25 7");
        }
        finally
        {
            thread.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData("İş emri\n\t\"açık\" <b>&amp;</b>", "İş emri\n\t\"açık\" <b>&amp;</b>")]
    [InlineData("a\0b\u001B[31mc\u007F", "a␀b␛[31mc␡")]
    [InlineData("a\u0085b\uFFFEc\U0001FFFF", "a[U+0085]b[U+FFFE]c[U+1FFFF]")]
    [InlineData("bir\r\niki\rüç", "bir\niki␍üç")]
    [InlineData("👩‍👩‍👧 e\u0301 \uFEFF\u200F", "👩‍👩‍👧 e\u0301 \uFEFF\u200F")]
    [InlineData("a\u202Eb\u2066c", "a\u202Eb\u2066c\u2069\u202C")]
    [InlineData("a\u202Eb\u202Cc\u2069", "a\u202Eb\u202Cc\u2069")]
    public void Text_is_read_as_it_was_written(string text, string expected)
    {
        var page = new HtmlParser(new HtmlParserOptions { IsStrictMode = true }).ParseDocument(
            $"<!DOCTYPE html><title>t</title><body><p title=\"{HtmlText.Encode(text)}\">{HtmlText.Encode(text)}</p></body>");
        var paragraph = page.Body!.Children.Should().ContainSingle().Subject;
        paragraph.TextContent.Should().Be(expected);
        paragraph.GetAttribute("title").Should().Be(expected);
    }

    [Fact]
    public void A_row_needs_a_cell_for_every_column()
    {
        var table = new HtmlTable(("a", ColumnKind.Text), ("b", ColumnKind.Number));
        var act = () => table.Add(Html.FromText("x"));
        act.Should().Throw<ArgumentException>().WithMessage("The row has 1 cells and the table 2 columns.*");
    }

    [Fact]
    public void Rows_keep_their_headings_where_a_table_becomes_blocks()
    {
        var page = PageCheck.Check(HtmlPage.Render("t", HtmlTable.Render(
            ["key", "runs/a", "<b>", "tokens"], [[new('k', 300), "uzun", PageCheck.HostileText, "1,024"]])));
        page.QuerySelectorAll("td").Select(cell => cell.GetAttribute("data-label")).Should().Equal("runs/a", "<b>", "tokens");
        page.QuerySelectorAll("td").Select(cell => cell.ClassName).Should().Equal("t", "t", "n");
        page.QuerySelector("table")!.ClassName.Should().Be("stack");
    }

    [Fact]
    public void A_legend_names_each_thing_once() =>
        PageCheck.Check(HtmlPage.Render("t", Legend.Render(
                LegendEntry.ForArea("line", "a"), LegendEntry.ForArea("mark", "b"), LegendEntry.ForArea("line", "a"))))
            .QuerySelectorAll(".legend li").Select(entry => entry.TextContent).Should().Equal("a", "b");

    [Fact]
    public void Every_page_is_made_by_the_same_layout() =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => File.ReadAllText(file).Contains("</head>", StringComparison.OrdinalIgnoreCase))
            .Select(Path.GetFileName).Should().Equal("HtmlPage.cs");
}
