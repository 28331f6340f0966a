using System.Diagnostics;
using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace TurkishLlm.Cli.Terminal;

/// <summary>Where commands write: moving bars on a terminal, plain lines anywhere else.</summary>
public sealed class Display
{
    private readonly IAnsiConsole? _terminal;
    private bool _live;

    /// <param name="output">Takes the text.</param>
    /// <param name="program">What users type to run the program.</param>
    /// <param name="terminal">Draws what moves; without one, the terminal of the process if it has one and writes there.</param>
    public Display(TextWriter output, string program, IAnsiConsole? terminal = null)
    {
        Output = output;
        Program = program;
        _terminal = terminal ?? (output == Console.Out && !Console.IsOutputRedirected ? AnsiConsole.Console : null);
    }

    /// <summary>Plain text, for what other programs may read.</summary>
    public TextWriter Output { get; }

    /// <summary>What users type to run the program, for hints that can be pasted.</summary>
    public string Program { get; }

    /// <summary>True where something can move.</summary>
    public bool IsTerminal => _terminal is not null;

    /// <summary>A line.</summary>
    public void WriteLine(string text = "")
    {
        // The line takes the place of what is live, which is drawn anew below it: it must cover what it replaces to its end.
        if (_live) _terminal!.Write(new Padder(new Text(text), new Padding(0)).Expand());
        else Output.WriteLine(text);
    }

    /// <summary>A line that stands out and opens a part of the output.</summary>
    public void WriteHeading(string text)
    {
        if (_terminal is null) Output.WriteLine($"== {text}");
        else _terminal.MarkupLine($"[bold deepskyblue1]── {Markup.Escape(text)}[/]");
    }

    /// <summary>A line that says that something went well.</summary>
    public void WriteSuccess(string text) => WriteColored(text, "green");

    /// <summary>A line that says that something should be looked at.</summary>
    public void WriteWarning(string text) => WriteColored(text, "yellow");

    /// <summary>Text of which parts stand out: in colours on a terminal, in brackets anywhere else.</summary>
    /// <param name="parts">The text, piece by piece.</param>
    public void WriteHighlighted(IEnumerable<(string Text, TextHighlight Mark)> parts)
    {
        foreach (var (text, mark) in parts)
        {
            if (_terminal is null) Output.Write(mark == TextHighlight.Supervised ? $"⟦{text}⟧" : text);
            else _terminal.Write(new Text(text, mark switch
            {
                TextHighlight.Supervised => new Style(Color.Black, Color.Green),
                TextHighlight.Control => new Style(Color.Grey),
                TextHighlight.Context => new Style(Color.DeepSkyBlue1),
                _ => new Style(Color.Red),
            }));
        }
        WriteLine();
    }

    /// <summary>Rows under headings.</summary>
    public void WriteTable(IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows)
    {
        IReadOnlyList<string>[] all = [headings, .. rows];
        var widths = headings.Select((_, column) => all.Max(row => row[column].Length)).ToArray();
        foreach (var row in all)
            WriteLine(string.Join("  ", row.Select((cell, column) => IsNumber(all, column) ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))).TrimEnd());
    }

    /// <summary>Shows something that changes at the bottom of a terminal while lines go on above it; elsewhere nothing.</summary>
    /// <param name="work">Gets a function that takes what is to be shown from then on.</param>
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

    /// <summary>Shows how far something is while it runs.</summary>
    /// <param name="title">What runs.</param>
    /// <param name="work">Gets a function that takes the share done, 0 … 1, and a few words.</param>
    public T RunWithProgress<T>(string title, Func<Action<double, string>, T> work)
    {
        var started = Stopwatch.GetTimestamp();
        if (_terminal is not null)
            return _terminal.Progress().AutoClear(true)
                .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
                .Start(context =>
                {
                    var task = context.AddTask(Markup.Escape(title), maxValue: 1);
                    return work((share, words) =>
                    {
                        task.Value = share;
                        task.Description = Markup.Escape($"{title} {words}");
                    });
                });

        var shown = 0.0;
        return work((share, words) =>
        {
            if (share < shown + 0.25 || share >= 1) return;
            shown = share;
            Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {title} {share:P0} {words} ({Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s)"));
        });
    }

    private void WriteColored(string text, string colour)
    {
        if (_terminal is null) Output.WriteLine(text);
        else _terminal.MarkupLine($"[{colour}]{Markup.Escape(text)}[/]");
    }

    private static bool IsNumber(IReadOnlyList<string>[] rows, int column) =>
        rows.Skip(1).Any() && rows.Skip(1).All(row => row[column].Length == 0 || char.IsAsciiDigit(row[column][0]) || row[column][0] is '-' or '–' or '∞');
}

/// <summary>What a piece of text is to whoever learns from it.</summary>
public enum TextHighlight
{
    /// <summary>Read and not learned.</summary>
    Read,

    /// <summary>Retrieved context: read and not learned, and cut where there is too much of it.</summary>
    Context,

    /// <summary>Special tokens and names of roles.</summary>
    Control,

    /// <summary>Learned.</summary>
    Supervised,
}

/// <summary>Reports straight away, on the thread that has something to report.</summary>
internal sealed class SynchronousProgress<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
