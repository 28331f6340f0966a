using TurkishLlm.Monitoring.Pages;

namespace TurkishLlm.Tests.Unit.Monitoring;

/// <summary>A page with every building block that pages of the program are made of.</summary>
internal static class PageElements
{
    private static readonly string LongHeading = string.Concat(Enumerable.Repeat("başlık👩 ", 5));

    public static string Render() => HtmlPage.Render("Parçalar\n<1>", Html.Concat(
        HtmlPage.RenderHeader("Üst & alt", Html.From($"özet {3.25:F1}")),
        HtmlPage.RenderFacts([("ad", "7"), ("<b>", "8 & 9")]),
        HtmlPage.RenderValues([("anahtar", "<değer>"), ("ikinci", "2")]),
        Html.Concat(
            new[] { -0.5, 0, 0.004, 0.25, 1, 1.75 }.Select(share => HtmlPage.RenderBar(share, share > 0.2 ? "near" : ""))),
        HtmlPage.RenderTabs("sekme", ("bir", Html.From($"<p>1</p>")), ("iki", Html.FromText("<2>")), ("üç", Html.Empty)),
        HtmlPage.RenderFilter("süz", [("✓ doğru", "good"), ("✗ yanlış", "poor")], Html.From($"<p class=\"good\">evet</p>")),
        Html.Join(Html.From($" · "), [Html.FromText("a"), Html.FromText("<b>"), Html.FromText("c")]),
        Tables(),
        Legend.Render(
            LegendEntry.ForArea("line", "çizgi"), LegendEntry.ForArea("mark", "<im>"), LegendEntry.ForArea("x", "çizgi")),
        RequirementTable.Legend,
        RequirementTable.Render(
        [
            new("A-01", "Bozuk.", false, "e = 3", 1.25), new("A-02", "", false, "", null), new("A-03", "Yakın.", true, "d", 0.81),
            .. new double?[] { 0.8, 0.1, 0.0999, 0.0001, 0.000099, 0, null, -1 }
                .Select((margin, i) => new RequirementResult($"B-{i}", $"İfade {i}", true, $"m{i}", margin)),
        ])));

    private static Html Tables()
    {
        var total = new HtmlTable(("bölüm", ColumnKind.Text), ("sayı", ColumnKind.Number), ("", ColumnKind.Bar))
        {
            HasTotal = true,
        };
        total.Add(Html.FromText("bir"), Html.FromText("4"), HtmlPage.RenderBar(0.4));
        total.Add("wrong", [Html.FromText("toplam"), Html.FromText("5"), Html.Empty]);
        var even = new HtmlTable(("a", ColumnKind.Text), (LongHeading, ColumnKind.Text)) { HasEqualColumns = true };
        even.Add(Html.FromText("x"), Html.FromText("<y>"));
        string[] texts = ["ad", "1", "2.5", "$3", "–", "-4", "−5", "", "beş"];
        return Html.Concat(
            total.Render(), even.Render(), new HtmlTable(("boş", ColumnKind.Text)).Render(),
            HtmlTable.Render(["a", "b"], [["bir", "2"], ["üç", "4x"]], [3, 7], hasTotal: true),
            HtmlTable.Render(["a", "b", "c"], [["bir", "2", "x"], ["üç", "4", "y"], ["beş", "6", "7"]], [5, 0]),
            HtmlTable.Render(["a", "b", "c", "d"], [["bir", "2", "3", "4"]]),
            HtmlTable.Render(["a", "b", "c", "d", "e"], [["bir", "2", "3", "4", "5"]]),
            HtmlTable.Render([new('k', 28), new('m', 29)], [["1", "2"]], []),
            HtmlTable.Render([.. texts.Select((_, i) => $"s{i}")], [texts]), HtmlTable.Render(["hiç"], []));
    }
}
