using Spectre.Console;
using Spectre.Console.Rendering;

namespace TurkishLlm.Cli.Terminal;

/// <summary>Shows the progress of an operation in one line that fits the terminal.</summary>
/// <param name="Title">Title of the operation.</param>
/// <param name="Details">Current item or count.</param>
/// <param name="Share">Fraction done, 0 … 1.</param>
/// <param name="Elapsed">Time since the start.</param>
public sealed record ProgressLine(string Title, string Details, double Share, TimeSpan Elapsed)
{
    private const int MaxBarWidth = 32, MinBarWidth = 8;

    /// <summary>Renders the line: the bar first gives way to the text, then the text to the width.</summary>
    public IRenderable Render(int width)
    {
        var share = Math.Clamp(Share, 0, 1);
        var left = share > 0 ? Format.Duration(Elapsed.TotalSeconds * (1 - share) / share) : "–";
        var (start, end) = ($"{Title} {Details} ", Format.Invariant($" {100 * share:F0} %  ETA {left}"));
        var room = Math.Min(MaxBarWidth, width - start.Length - end.Length - 1);
        if (room >= MinBarWidth) return new Markup(Markup.Escape(start) + RenderBar(share, room) + Markup.Escape(end));
        var text = start.TrimEnd() + end;
        return new Text(text.Length <= width ? text : text[..width]);
    }

    /// <summary>Renders a bar as markup.</summary>
    /// <param name="share">Fraction done, 0 … 1.</param>
    /// <param name="width">Width in columns.</param>
    public static string RenderBar(double share, int width)
    {
        var filled = (int)Math.Round(share * width);
        return $"[deepskyblue1]{new string('━', filled)}[/][grey]{new string('─', width - filled)}[/]";
    }
}
