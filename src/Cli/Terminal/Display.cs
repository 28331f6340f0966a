using System.Diagnostics;
using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace TurkishLlm.Cli.Terminal;

/// <summary>Output of commands: progress bars and colors on a terminal, plain lines elsewhere.</summary>
public sealed class Display
{
    private readonly IAnsiConsole? _terminal;
    private bool _live;

    /// <summary>Creates a display.</summary>
    /// <param name="output">Receives the text.</param>
    /// <param name="program">Command with which users run the program.</param>
    /// <param name="terminal">Terminal; null for the terminal of the process, if the output goes there.</param>
    public Display(TextWriter output, string program, IAnsiConsole? terminal = null)
    {
        Output = output;
        Program = program;
        _terminal = terminal ?? (output == Console.Out && !Console.IsOutputRedirected ? AnsiConsole.Console : null);
    }

    /// <summary>Writer for plain text that other programs may read.</summary>
    public TextWriter Output { get; }

    /// <summary>Command with which users run the program, for hints that can be pasted.</summary>
    public string Program { get; }

    /// <summary>True if the output goes to a terminal.</summary>
    public bool IsTerminal => _terminal is not null;

    /// <summary>Writes a line.</summary>
    public void WriteLine(string text = "")
    {
        // The line overwrites the live display, which is redrawn below it, so it must have the full width.
        if (_live) _terminal!.Write(new Padder(new Text(text), new Padding(0)).Expand());
        else Output.WriteLine(text);
    }

    /// <summary>Writes a heading.</summary>
    public void WriteHeading(string text)
    {
        if (_terminal is null) Output.WriteLine($"== {text}");
        else _terminal.MarkupLine($"[bold deepskyblue1]── {Markup.Escape(text)}[/]");
    }

    /// <summary>Writes a line in green.</summary>
    public void WriteSuccess(string text) => WriteColored(text, "green");

    /// <summary>Writes a line in yellow.</summary>
    public void WriteWarning(string text) => WriteColored(text, "yellow");

    /// <summary>True if colors can distinguish parts of a text.</summary>
    public bool HasColors => _terminal is { Profile.Capabilities.ColorSystem: not ColorSystem.NoColors };

    /// <summary>Writes text with highlighted parts: in colors on a terminal, in brackets elsewhere.</summary>
    /// <param name="parts">Parts of the text, in order.</param>
    public void WriteHighlighted(IEnumerable<(string Text, TextHighlight Mark)> parts)
    {
        var text = new HighlightedText(parts);
        if (_terminal is null) Output.WriteLine(text.ToBrackets());
        else _terminal.Write(HasColors ? text.ToColors() : new Text(text.ToBrackets() + "\n"));
    }

    /// <summary>Writes a table.</summary>
    public void WriteTable(IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows)
    {
        IReadOnlyList<string>[] all = [headings, .. rows];
        var widths = headings.Select((_, column) => all.Max(row => row[column].Length)).ToArray();
        foreach (var row in all)
            WriteLine(
                string.Join(
                        "  ",
                        row.Select(
                            (cell, column) => IsNumber(all, column) ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column])
                        ))
                    .TrimEnd());
    }

    /// <summary>Shows a live display below the lines on a terminal; shows nothing elsewhere.</summary>
    /// <param name="work">The operation; receives a function that updates the live display.</param>
    public T RunLive<T>(Func<Action<IRenderable>, T> work)
    {
        if (_terminal is null) return work(_ => { });
        try
        {
            return _terminal.Live(new Text("")).Start(context =>
            {
                _live = true;
                return work(context.UpdateTarget);
            });
        }
        finally
        {
            _live = false;
        }
    }

    /// <summary>Shows the progress of an operation.</summary>
    /// <param name="title">Title of the operation.</param>
    /// <param name="work">The operation; receives a function that reports the fraction done, 0 … 1, and a short text.</param>
    public T RunWithProgress<T>(string title, Func<Action<double, string>, T> work)
    {
        var started = Stopwatch.GetTimestamp();
        if (_terminal is not null)
            return _terminal.Progress().AutoClear(true)
                .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
                .Start(context =>
                {
                    var task = context.AddTask(Markup.Escape(title), maxValue: 1);
                    _live = true;
                    try
                    {
                        return work((share, words) =>
                        {
                            task.Value = share;
                            task.Description = Markup.Escape($"{title} {words}");
                        });
                    }
                    finally
                    {
                        _live = false;
                    }
                });

        var shown = 0.0;
        return work((share, words) =>
        {
            if (share < shown + 0.25 || share >= 1) return;
            shown = share;
            Output.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"  {title} {share:P0} {words} ({Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s)"));
        });
    }

    private void WriteColored(string text, string color)
    {
        if (_terminal is null) Output.WriteLine(text);
        else _terminal.MarkupLine($"[{color}]{Markup.Escape(text)}[/]");
    }

    private static bool IsNumber(IReadOnlyList<string>[] rows, int column) =>
        rows.Skip(1).Any()
        && rows.Skip(1)
            .All(row => row[column].Length == 0 || char.IsAsciiDigit(row[column][0]) || row[column][0] is '-' or '–' or '∞');
}

/// <summary>Role of a part of a text in training.</summary>
public enum TextHighlight
{
    /// <summary>Input text, not supervised.</summary>
    Read,

    /// <summary>Retrieved context: not supervised, and truncated first.</summary>
    Context,

    /// <summary>Special tokens and role names.</summary>
    Control,

    /// <summary>Supervised text.</summary>
    Supervised,
}

/// <summary>Reports progress synchronously, on the calling thread.</summary>
internal sealed class SynchronousProgress<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
