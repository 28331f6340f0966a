using System.Globalization;
using FluentAssertions;
using Spectre.Console;
using TurkishLlm.Cli.Terminal;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>What is on a terminal while lines are written above a panel and the window changes its size.</summary>
[Collection(nameof(LiveArea))]
public sealed class LiveAreaTests
{
    [Fact]
    public void Lines_scroll_above_one_panel()
    {
        using var screen = new TerminalScreen(40, 12);
        using (var area = new LiveArea(screen.Console, new RecentLines()))
            for (var n = 1; n <= 5; n++)
            {
                area.Update(Panel(n));
                area.WriteLine(Line(n));
            }
        screen.Rows.Should().Equal("line 1", "line 2", "line 3", "line 4", "line 5", "panel 5", "second row", "");
    }

    [Theory]
    [InlineData(17)]
    [InlineData(30)]
    [InlineData(90)]
    public void After_a_resize_there_is_one_panel_and_every_line_is_whole(int width)
    {
        using var screen = new TerminalScreen(40, 12);
        using (var area = new LiveArea(screen.Console, new RecentLines()))
        {
            for (var n = 1; n <= 3; n++) area.WriteLine(Line(n));
            area.Update(Panel(1));
            screen.ResizeAndWrap(width, 10);
            area.Update(Panel(2));
            area.WriteLine(Line(4));
            area.Update(Panel(3));
        }
        Visible(screen, 10).Should().ContainInOrder("line 1", "line 2", "line 3", "line 4", "panel 3", "second row")
            .And.OnlyHaveUniqueItems().And.NotContain("panel 1").And.NotContain("panel 2");
    }

    [Fact]
    public void A_storm_of_resizes_leaves_the_last_lines_and_one_panel()
    {
        var random = new Random(16);
        using var screen = new TerminalScreen(80, 24);
        using (var area = new LiveArea(screen.Console, new RecentLines()))
        {
            for (var n = 1; n <= 300; n++)
            {
                if (n % 3 == 0) screen.ResizeAndWrap(random.Next(12, 120), random.Next(4, 40));
                if (n % 5 == 0) area.WriteLine(Line(n));
                area.Update(Panel(n));
            }
            screen.ResizeAndWrap(60, 20);
            area.Update(Panel(301));
        }
        Visible(screen, 20).Should().ContainInOrder("line 295", "line 300", "panel 301", "second row")
            .And.ContainSingle(row => row.StartsWith("panel", StringComparison.Ordinal));
    }

    [Fact]
    public void A_panel_higher_than_the_terminal_is_cut()
    {
        using var screen = new TerminalScreen(40, 4);
        using (var area = new LiveArea(screen.Console, new RecentLines()))
            for (var n = 1; n <= 9; n++)
                area.Update(new Rows(Enumerable.Range(0, 9).Select(row => new Text(Line(10 * n + row)))));
        screen.Rows.Should().Equal("line 90", "line 91", "line 92", "");
    }

    [Fact]
    public void What_follows_a_cleared_area_replaces_it()
    {
        using var screen = new TerminalScreen(40, 12);
        using (var area = new LiveArea(screen.Console, new RecentLines()))
        {
            area.Update(Panel(1));
            area.Clear();
        }
        screen.Write("after");
        screen.Rows.Should().Equal("after");
    }

    [Theory]
    [InlineData(20)]
    [InlineData(28)]
    [InlineData(40)]
    [InlineData(80)]
    public void A_progress_line_is_one_line(int width)
    {
        using var screen = new TerminalScreen(width, 10);
        using (var area = new LiveArea(screen.Console, new RecentLines()))
            area.Update(new ProgressLine("Specification", "ATT-01", 0.4567, TimeSpan.FromSeconds(12)).Render(width));
        screen.Rows.Should().HaveCount(2);
        screen.Rows[0].Should().StartWith("Specification ATT-01"[..Math.Min(width, 20)]);
        if (width >= 40) screen.Rows[0].Should().EndWith("46 %  ETA 14 s");
    }

    private static string Line(int n) => string.Create(CultureInfo.InvariantCulture, $"line {n}");

    private static Rows Panel(int n) =>
        new(new Text(string.Create(CultureInfo.InvariantCulture, $"panel {n}")), new Text("second row"));

    private static string[] Visible(TerminalScreen screen, int height) =>
        [.. screen.Rows.TakeLast(height).Where(row => row.Length > 0)];
}
