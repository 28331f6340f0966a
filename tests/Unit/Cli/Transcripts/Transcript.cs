using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using TorchSharp;
using TurkishLlm.Cli;
using TurkishLlm.Cli.Chat;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Cli.Transcripts;

/// <summary>
/// Runs commands and collects what they print, and the files that they write, as one text, which a golden file holds. Folders,
/// times and other values of this machine are replaced by placeholders.
/// </summary>
internal sealed partial class Transcript
{
    private readonly StringBuilder _text = new();
    private readonly List<(string Text, string Placeholder)> _places;

    /// <param name="places">Folders, and the names that stand for them.</param>
    public Transcript(params (string Folder, string Name)[] places) =>
        _places =
        [
            .. places,
            (ReferenceRun.Plan.Data.Shards, "SHARDS"),
            (ReferenceRun.Fixtures, "FIXTURES"),
            (Path.GetRelativePath(Directory.GetCurrentDirectory(), ReferenceRun.Fixtures) + Path.DirectorySeparatorChar,
                "FIXTURES/"),
            (AppContext.BaseDirectory, "PROGRAM/"),
        ];

    /// <summary>True to round losses of models, of which the last digits differ between processors.</summary>
    public bool HasLosses { get; init; }

    /// <summary>True while tables have columns with whole paths, which are of another width elsewhere.</summary>
    public bool HasPathsInTables { get; set; }

    /// <summary>Lines of the output to keep; null for all.</summary>
    public Regex? Kept { get; init; }

    /// <summary>Runs a command line. Words are separated by spaces; names of folders stand for them.</summary>
    public Task Run(string line) => Run(line, []);

    /// <summary>Runs a command line with further arguments, which may have spaces.</summary>
    public Task Run(string line, params string[] more) => RunWithInput(line, more, new(TextReader.Null, isInteractive: false));

    /// <summary>Runs a command line with a text on standard input.</summary>
    public Task RunWithInput(string input, string line, bool interactive = false) =>
        RunWithInput(line, [], new(new StringReader(input), interactive, isRedirected: !interactive));

    /// <summary>
    /// Adds a file that a command wrote, of a page without its style and scripts, and deletes it: the next one is new.
    /// </summary>
    public void Show(string file)
    {
        var text = StyleOrScript().Replace(File.ReadAllText(file), "");
        _text.Append(Normalize($"-- {file}\n{text.TrimEnd()}\n\n"));
        File.Delete(file);
    }

    /// <summary>Adds the names of the files below a folder.</summary>
    public void List(string folder) => _text.Append(Normalize($"-- {folder}\n")).AppendJoin(
        "", Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(file => Normalize(Path.GetRelativePath(folder, file).Replace('\\', '/')) + "\n")
            .Order(StringComparer.Ordinal)).Append('\n');

    /// <summary>Replaces what depends on the machine.</summary>
    public void Replace(Regex pattern, string replacement)
    {
        var text = pattern.Replace(_text.ToString(), replacement);
        _text.Clear().Append(text);
    }

    /// <summary>Writes paths below a replaced folder with slashes. JSON doubles the backslashes of Windows.</summary>
    public static string UseSlashes(string text) =>
        PlacedPath().Replace(text, path => Backslashes().Replace(path.Value, "/"));

    /// <summary>Compares the transcript with its golden file in this folder.</summary>
    public void Compare(string name) => GoldenFile.Compare(name, _text.ToString());

    private async Task RunWithInput(string line, string[] more, ChatTerminal terminal)
    {
        // The program uses the invariant culture (InvariantGlobalization); the test process may not.
        Thread.CurrentThread.CurrentCulture = CultureInfo.InvariantCulture;
        var (output, errors) = (new StringWriter(), new StringWriter());
        string[] arguments = [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Expand), .. more];
        var code = await CommandLine.RunAsync(
            arguments, output, errors, program: null, terminal, TestContext.Current.CancellationToken);
        torch.set_num_threads(1);      // plans may have asked for more
        var words = arguments.Select(word =>
            word.Length == 0 || word.Contains(' ', StringComparison.Ordinal) ? $"\"{word}\"" : word);
        _text.Append(Normalize($"$ turkishllm {string.Join(' ', words)}\n"));
        Append(output, "", Kept);
        Append(errors, "! ", kept: null);
        _text.Append(CultureInfo.InvariantCulture, $"= {(ExitCode)code}\n\n");
    }

    private void Append(StringWriter written, string prefix, Regex? kept)
    {
        var text = Normalize(written.ToString());
        if (HasPathsInTables) text = Columns().Replace(text, "  ");
        if (text.Length == 0) return;
        foreach (var line in (text.EndsWith('\n') ? text[..^1] : text + "⏎").Split('\n').Where(line =>
            kept?.IsMatch(line) != false))
            _text.Append((prefix + line).TrimEnd()).Append('\n');
    }

    private string Expand(string word) => _places.Aggregate(word, (text, place) => PlaceIn(text, place));

    // A name stands for a folder only as a whole word.
    private static string PlaceIn(string text, (string Folder, string Name) place) =>
        Regex.Replace(text, $@"(?<![A-Za-z_]){Regex.Escape(place.Name.TrimEnd('/'))}(?![A-Za-z_])",
            place.Folder.TrimEnd('/').Replace("$", "$$", StringComparison.Ordinal));

    private string Normalize(string text)
    {
        text = text.ReplaceLineEndings("\n");
        foreach (var (folder, name) in _places)
            text = text.Replace(folder, name, StringComparison.Ordinal)
                .Replace(folder.Replace(@"\", @"\\", StringComparison.Ordinal), name, StringComparison.Ordinal);
        text = UseSlashes(text);
        text = Time().Replace(text, "# s");
        text = Speed().Replace(text, " # tok/s");
        text = LongNumber().Replace(text, match => Round(match.Value, "0.00"));
        text = Hash().Replace(text, "HASH");
        return HasLosses ? Perplexity().Replace(Loss().Replace(text, match => Round(match.Value, "0.00")), "LARGE") : text;
    }

    private static string Round(string number, string format) =>
        double.Parse(number, CultureInfo.InvariantCulture).ToString(format, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"<(style|script)\b.*?</\1>\s*", RegexOptions.Singleline)]
    private static partial Regex StyleOrScript();

    [GeneratedRegex(@"\b(HERE|TRAINED|SHARDS|FIXTURES|PROGRAM)([\\/]+[^\s\\/""<>:,;]+)+")]
    private static partial Regex PlacedPath();

    [GeneratedRegex(@"\\+")]
    private static partial Regex Backslashes();

    [GeneratedRegex(@"(?<=\bin |\()\d+(\.\d)? m?s\b")]
    private static partial Regex Time();

    [GeneratedRegex(@" *\d[\d.]*k? tok/s")]
    private static partial Regex Speed();

    [GeneratedRegex(@"(?<![.\w])(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{12,}\b")]
    private static partial Regex Hash();

    [GeneratedRegex(@"-?\d+\.\d{6,}(E-?\d+)?")]
    private static partial Regex LongNumber();

    [GeneratedRegex(@"(?<=\S)  +")]
    private static partial Regex Columns();

    [GeneratedRegex(@"\b\d+\.\d{4}\b")]
    private static partial Regex Loss();

    [GeneratedRegex(@"\b\d{4,}\.\d\d\b")]
    private static partial Regex Perplexity();
}
