using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.Privacy;
using TurkishLlm.Files;

namespace TurkishLlm.Data.RowChecks;

/// <summary>Writes the rows that a check keeps, and a file of those that it removes.</summary>
/// <remarks>
/// Rows keep their format, their other keys and their order; files become JSON lines, with their paths below the folder that all
/// of them are in. The folder is written atomically, and equal rows and options give equal bytes.
/// </remarks>
public static class RowCleaner
{
    /// <summary>Name of the file with one line per removed row: file, line, reason, and the row that it repeats.</summary>
    public const string RemovedFile = "removed.jsonl";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes a folder of cleaned files.</summary>
    /// <param name="folder">The folder; must not exist, be empty, or be one that this method wrote.</param>
    /// <param name="report">The report of the check.</param>
    /// <param name="options">The options of the check.</param>
    /// <returns>Number of rows kept and removed.</returns>
    /// <exception cref="InvalidDataException">The folder contains something else, or two files have the same name.</exception>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    public static (int Kept, int Removed) Write(string folder, RowCheckReport report, RowCheckOptions options)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(options);
        var names = GetNames(report);
        RefuseForeignFolder(folder, options.Files);
        var (removed, kept) = (SelectRemoved(report, options), 0);
        var known = report.Verdicts.Select(row => (row.File, row.Ordinal)).ToHashSet();
        var lines = new List<string>();
        AtomicDirectory.Write(folder, partial =>
        {
            foreach (var (i, _) in report.Files.Index())
                AtomicFile.WriteLines(Path.Combine(partial, names[i]), ReadKept(i));
            AtomicFile.WriteLines(Path.Combine(partial, RemovedFile), lines);
        });
        return (kept, lines.Count);

        IEnumerable<string> ReadKept(int file)
        {
            foreach (var (ordinal, line, write) in ReadTexts(report.Files[file], options))
            {
                if (removed[file].TryGetValue(ordinal, out var row)) lines.Add(Describe(row, report));
                else if (!known.Contains((file, ordinal))) lines.Add(DescribeInvalid(report.Files[file].File, line));
                else
                {
                    kept++;
                    yield return write(options.PersonalData == PersonalDataAction.Mask ? Mask : static text => text);
                }
            }
        }

        string Mask(string text) => PersonalDataMask.Apply(text, PersonalDataScanner.Find(text, options.FindIpAddresses));
    }

    // By number of the object, for each file. An object is removed only if all of its rows are.
    private static Dictionary<int, RowVerdict>[] SelectRemoved(RowCheckReport report, RowCheckOptions options)
    {
        var removed = report.Files.Select(_ => new Dictionary<int, RowVerdict>()).ToArray();
        foreach (var row in report.Verdicts.GroupBy(row => (row.File, row.Ordinal)))
            if (row.All(IsRemoved)) removed[row.Key.File].Add(row.Key.Ordinal, row.First());
        return removed;

        bool IsRemoved(RowVerdict row) =>
            options.Removed.Contains(row.Finding)
            || (row.HasPersonalData && options.PersonalData == PersonalDataAction.Drop);
    }

    private static IEnumerable<(int Ordinal, int Line, Func<Func<string, string>, string> Write)> ReadTexts(
        CheckedFile file, RowCheckOptions options)
    {
        Action<string>? skip = options.SkipInvalid ? static _ => { } : null;
        if (file.Format == ConversationFormat.ChatMarkup && ChatMarkupFile.IsMarkup(file.File))
            return ChatMarkupFormat.Split(file.File, TextFile.ReadAllText(file.File))
                .Select((part, ordinal) => (ordinal, part.Row.Line, (Func<Func<string, string>, string>)(edit =>
                    JsonSerializer.Serialize(new { text = edit(part.Text) }, Json))));
        return JsonRows.Read(file.File, skip).Select(row => (row.Ordinal, row.Line, (Func<Func<string, string>, string>)(edit =>
        {
            var text = new StringBuilder();
            CompactJson.Append(text, row.Element, edit);
            return text.ToString();
        })));
    }

    private static string Describe(RowVerdict row, RowCheckReport report) => JsonSerializer.Serialize(
        new
        {
            report.Files[row.File].File,
            row.Line,
            Reason = JsonNamingPolicy.SnakeCaseLower.ConvertName(row.Finding.ToString()),
            row.HasPersonalData,
            Other = row.Other < 0 ? null : Locate(report.Verdicts[row.Other], report),
        }, Json);

    // An object that is no conversation was skipped by the check.
    private static string DescribeInvalid(string file, int line) =>
        JsonSerializer.Serialize(new { File = file, Line = line, Reason = "invalid" }, Json);

    private static string Locate(RowVerdict row, RowCheckReport report) =>
        FormattableString.Invariant($"{report.Files[row.File].File}:{row.Line}");

    private static string[] GetNames(RowCheckReport report)
    {
        string[] files = [.. report.Files.Select(file => Path.GetFullPath(file.File))];
        var shared = files.Select(file => Path.GetDirectoryName(file)!).Aggregate(FindSharedFolder);
        string[] names = [.. files.Select(file => Path.ChangeExtension(Path.GetRelativePath(shared, file), ".jsonl"))];
        var groups = names.Append(RemovedFile).GroupBy(name => name, StringComparer.OrdinalIgnoreCase);
        if (groups.FirstOrDefault(group => group.Count() > 1) is { } name)
            throw new InvalidDataException(
                $"Two files would be written as {name.Key}. Rename one of them, or clean them into different folders.");
        return names;
    }

    private static string FindSharedFolder(string a, string b)
    {
        while (!(b + Path.DirectorySeparatorChar).StartsWith(
            Path.TrimEndingDirectorySeparator(a) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            a = Path.GetDirectoryName(a)!;
        return a;
    }

    private static void RefuseForeignFolder(string folder, IReadOnlyList<string> files)
    {
        if (File.Exists(LinkTarget.Resolve(folder)))
            throw new InvalidDataException($"{folder} is a file. Give a folder for the cleaned rows.");
        if (!Directory.Exists(folder) || !Directory.EnumerateFileSystemEntries(folder).Any()) return;
        if (!File.Exists(Path.Combine(folder, RemovedFile)))
            throw new InvalidDataException(
                $"{folder} is not empty and has no {RemovedFile}: it is not the output of this command. Choose a new folder.");
        var inside = Path.GetFullPath(folder) + Path.DirectorySeparatorChar;
        if (files.FirstOrDefault(file => Path.GetFullPath(file).StartsWith(inside, StringComparison.Ordinal)) is { } input)
            throw new InvalidDataException($"{input} is in the output folder {folder}. Choose another folder.");
    }
}
