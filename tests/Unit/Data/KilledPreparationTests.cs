using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Data.Privacy;

namespace TurkishLlm.Tests.Unit.Data;

/// <summary>
/// A preparation that is killed at any moment, so that only what is on the disk remains, and a work folder with a changed entry.
/// </summary>
public sealed class KilledPreparationTests : IDisposable
{
    private readonly TemporaryDirectory _here = new();
    private readonly List<Dictionary<string, byte[]>> _moments = [];
    private readonly string _expected;

    public KilledPreparationTests()
    {
        // Every file is read in several batches, and has a duplicate, a document that is too short and one of the evaluation.
        for (var i = 0; i < 4; i++)
            _here.Write(
                $"{(i < 2 ? "web" : "erp")}/{i}.txt",
                SmallCorpus.Text(
                [
                    .. SmallCorpus.Documents(i * 600, 600), SmallCorpus.Documents(i * 600, 1)[0], "kısa",
                    SmallCorpus.Documents(9000 + i, 1)[0],
                ]));
        _here.Write(
            "gold.jsonl",
            string.Join('\n', Enumerable.Range(9000, 4).Select(i => JsonSerializer.Serialize(
                new { question = SmallCorpus.Documents(i, 1)[0], answer = "Bilinmiyor." }))) + "\n");
        var options = Options("whole");
        CorpusPreparation.Prepare(
            SmallCorpus.Tokenizer, options, new SynchronousProgress<CorpusProgress>(_ => Remember(options)));
        _expected = Contents("whole");
    }

    public void Dispose() => _here.Dispose();

    [Fact]
    public void Killed_at_any_moment_and_started_again_it_gives_the_same_bytes_and_counts()
    {
        _moments.Should().HaveCountGreaterThan(8);
        foreach (var files in _moments)
        {
            Restore(files);
            CorpusPreparation.Prepare(SmallCorpus.Tokenizer, Options("again"));
            Contents("again").Should().Be(_expected);
            Directory.Exists(_here["again.partial"]).Should().BeFalse();
            Directory.Delete(_here["again"], recursive: true);
        }
    }

    [Fact]
    public void Every_changed_entry_of_the_journal_shows()
    {
        // The last moment at which files were finished and not all of them.
        var files = _moments.Last(moment => Lines(moment).Length is > 0 and < 4);
        var lines = Lines(files);
        var paths = Leaves(JsonNode.Parse(lines[^1])!, []).ToArray();
        paths.Should().HaveCountGreaterThan(12);
        Restore(files);
        var unchanged = Outcome();
        unchanged.Should().EndWith(_expected);
        foreach (var path in paths)
        {
            var entry = JsonNode.Parse(lines[^1])!;
            Change(entry, path);
            Restore(new(files) { ["journal"] = [.. lines[..^1].Append(entry.ToJsonString()).SelectMany(Encode)] });
            Outcome().Should().NotBe(unchanged, "{0} is another", string.Join('.', path));
        }
    }

    // What the user sees: an error, or the notes about the work that is used, and the shards.
    private string Outcome()
    {
        try
        {
            var report = CorpusPreparation.Prepare(SmallCorpus.Tokenizer, Options("again"));
            return $"{string.Join(' ', report.Notes)} {Contents("again")}";
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException or ArgumentException)
        {
            return error.Message;
        }
        finally
        {
            foreach (var folder in new[] { _here["again"], _here["again.partial"] })
                if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
    }

    private CorpusOptions Options(string output) => new(
        [new("web", _here["web"], Weight: 0.5), new("erp", _here["erp"], CapBytes: 60_000)], _here[output], ValidationShare: 0.1)
    {
        TokensPerShard = 20_000,
        Workers = 1,
        EvaluationFiles = [_here["gold.jsonl"]],
        MinimumTurkish = 0.01,
        PersonalData = PersonalDataAction.Mask,
    };

    private void Remember(CorpusOptions options)
    {
        var work = options.Output + ".partial";
        if (!Directory.Exists(work)) return;
        _moments.Add(
            Directory.EnumerateFiles(work, "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != "lock")
                .ToDictionary(file => Path.GetRelativePath(work, file), ReadShared));
    }

    private void Restore(Dictionary<string, byte[]> files)
    {
        foreach (var (name, content) in files) _here.Write(Path.Combine("again.partial", name), content);
    }

    private string Contents(string output) => string.Join('\n', Directory.GetFiles(_here[output]).Order(StringComparer.Ordinal)
        .Select(file => $"{Path.GetFileName(file)} {Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)))}"));

    private static byte[] ReadShared(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static string[] Lines(Dictionary<string, byte[]> moment) =>
        System.Text.Encoding.UTF8.GetString(moment.GetValueOrDefault("journal", []))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static byte[] Encode(string line) => System.Text.Encoding.UTF8.GetBytes(line + "\n");

    private static IEnumerable<string[]> Leaves(JsonNode node, string[] path) => node switch
    {
        JsonObject members => members.SelectMany(member => member.Value is null
            ? [[.. path, member.Key]] : Leaves(member.Value, [.. path, member.Key])),
        JsonArray items => items.SelectMany((item, i) => Leaves(item!, [.. path, FormattableString.Invariant($"{i}")])),
        _ => [path],
    };

    private static void Change(JsonNode root, string[] path)
    {
        var owner = path[..^1].Aggregate(root, (node, key) => Get(node, key)!);
        var value = Get(owner, path[^1]);
        JsonNode changed = value?.GetValueKind() switch
        {
            JsonValueKind.Number => value.GetValue<long>() + 1,
            JsonValueKind.String => "0" + value.GetValue<string>(),
            null => 1,
            _ => throw new NotSupportedException($"No change is known for {string.Join('.', path)}. Add one."),
        };
        if (owner is JsonArray list) list[int.Parse(path[^1], System.Globalization.CultureInfo.InvariantCulture)] = changed;
        else owner[path[^1]] = changed;
    }

    private static JsonNode? Get(JsonNode node, string key) => node is JsonArray list
        ? list[int.Parse(key, System.Globalization.CultureInfo.InvariantCulture)] : node[key];
}
