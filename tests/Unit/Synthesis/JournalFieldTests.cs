using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using FluentAssertions;
using TurkishLlm.Synthesis;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Tests.Unit.Model;

namespace TurkishLlm.Tests.Unit.Synthesis;

/// <summary>
/// Alters every value of every kind of journal line: the altered line is refused, or something observable changes. A new field is
/// altered too, and fails unless it is read or listed as a note.
/// </summary>
[Trait("Suite", "Fast")]
public sealed class JournalFieldTests : IDisposable
{
    private static readonly DateTimeOffset Time = new(2026, 3, 14, 9, 26, 53, TimeSpan.Zero);

    // What is written for a human reader only, and decides nothing.
    private static readonly string[] Notes =
    [
        "failed.at", "failed.request", "failed.attempt", "failed.group", "failed.error", "failed.partial.format",
        "failed.partial.body", "failed.partial.encoding", "batch_created.at", "batch_ended.at",
    ];

    private static readonly ReceivedEntry Single = new(
        Time, 1, "", "r1", 1, "g1", "c1", "m1", "p1", ReplyFormat.OpenAI, BodyEncoding.Utf8,
        """{"choices":[{"message":{"content":"{\"pairs\":[1]}"},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":11}}""",
        new(2, 3), 0.5m, 1.25);

    private static readonly ReceivedEntry WithoutUsage =
        Single with { Body = """{"choices":[{"message":{"content":"{\"pairs\":[1]}"}}]}""" };

    private static readonly ReceivedEntry OfBatch = Single with { Send = 0, Batch = "b1", Body = """{"custom_id":"r1-1"}""" };

    private static readonly JsonSerializerOptions LikeTheJournal = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Journals => [.. Entries.Keys];

    // Small journals in which the last line matters; together they have every kind of line with every optional field.
    private static Dictionary<string, JournalEntry[]> Entries { get; } = new()
    {
        ["sent"] = [Sent(1)],
        ["received"] = [Sent(1), Single],
        ["received without usage"] = [Sent(1), WithoutUsage],
        ["received of a batch"] = [new BatchSentEntry(Time, "s1", "m1", ["r1-1"], 0.5m), OfBatch],
        ["replied"] = [Sent(1), new RepliedEntry(Time, 1, "r1", 1, "g1", "c1", "m1", "p1", "t", "stop", 7, 11, 0.25m, 2, "")],
        [
            "replied unreadably"
        ] = [Sent(1), new RepliedEntry(Time, 1, "r1", 2, "g1", "c1", "m1", "p1", "t", "stop", 7, 11, 0.25m, 2, "x")],
        ["failed"] = [Sent(1), Sent(2), new FailedEntry(Time, 1, "r1", 1, "g1", "429", InDoubt: false)],
        ["failed in doubt"] =
        [
            Sent(1),
            new FailedEntry(Time, 1, "r1", 1, "g1", "closed", InDoubt: true) { Partial = RawReply.FromBytes(default, "{"u8) },
        ],
        ["batch sent"] = [new BatchSentEntry(Time, "s1", "m1", ["r1-1", "r2-1"], 0.5m)],
        ["batch created"] =
            [new BatchSentEntry(Time, "s1", "m1", ["r1-1"], 0.5m), new BatchCreatedEntry(Time, "s1", "b1")],
        ["batch ended"] = [new BatchSentEntry(Time, "s1", "m1", ["r1-1"], 0.5m), new BatchEndedEntry(Time, "s1")],
    };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_kind_of_line_and_every_field_has_a_journal()
    {
        var kinds = typeof(JournalEntry).GetCustomAttributes(typeof(JsonDerivedTypeAttribute), inherit: false)
            .Cast<JsonDerivedTypeAttribute>()
            .ToArray();
        kinds.Should().NotBeEmpty();
        foreach (var kind in kinds)
        {
            var written = Entries.Values.Select(lines => lines[^1]).Where(line => line.GetType() == kind.DerivedType)
                .SelectMany(line => Parse(line).Select(member => member.Key))
                .ToHashSet();
            var fields = kind.DerivedType.GetProperties()
                .Where(field => !field.IsDefined(typeof(JsonIgnoreAttribute), inherit: false)
                    || field.GetCustomAttributes(typeof(JsonIgnoreAttribute), inherit: false).Cast<JsonIgnoreAttribute>()
                        .All(ignored => ignored.Condition == JsonIgnoreCondition.WhenWritingNull))
                .Where(field => field.Name != "EqualityContract")
                .Select(field => JsonNamingPolicy.SnakeCaseLower.ConvertName(field.Name));
            fields.Append("kind").Except(written).Should().BeEmpty("{0} has journals for its fields", kind.DerivedType.Name);
        }
    }

    [Fact]
    public void An_altered_value_changes_what_is_observed_or_is_refused()
    {
        // A price is read with token counts and a maximum without them: one journal in which a value is read is enough.
        var isRead = new SortedDictionary<string, bool>(StringComparer.Ordinal);
        foreach (var lines in Entries.Values)
        {
            var before = Observe(lines.Select(line => JsonText.Serialize(line)));
            foreach (var (place, line) in Alter(lines[^1]))
            {
                var after = Observe([.. lines.SkipLast(1).Select(other => JsonText.Serialize(other)), line]);
                isRead[place] = isRead.GetValueOrDefault(place) || after is null || !after.SequenceEqual(before!);
            }
        }
        isRead.Should().HaveCountGreaterThan(60);
        isRead.Where(place => !place.Value).Select(place => place.Key).Should().BeEquivalentTo(Notes);
    }

    [Theory, MemberData(nameof(Journals))]
    public void An_altered_value_is_refused_where_the_line_has_a_checksum(string journal)
    {
        var lines = Entries[journal];
        using (var written = Journal.Open(_folder / "journal.jsonl"))
            foreach (var line in lines) written.Append(line);
        var text = File.ReadAllLines(_folder / "journal.jsonl");
        var end = text[^1][text[^1].IndexOf(",\"check\":", StringComparison.Ordinal)..];
        foreach (var (place, line) in Alter(lines[^1]))
            Observe([.. text.SkipLast(1), line[..^1] + end]).Should().BeNull("{0} is changed", place);
        Observe(text).Should().NotBeNull();
    }

    [Fact]
    public void Impossible_numbers_are_refused()
    {
        foreach (var (key, value) in new[]
        {
            ("send", "-1"), ("attempt", "-1"), ("cost_at_most", "-0.5"), ("cost_at_most", "1000000001"),
            ("send", "1000000000001"),
        })
            Observe([JsonText.Serialize<JournalEntry>(Sent(1) with { Send = 4, Attempt = 3 })
                    .Replace($"\"{key}\":{(key == "send" ? "4" : key == "attempt" ? "3" : "0.5")}", $"\"{key}\":{value}",
                        StringComparison.Ordinal)])
                .Should().BeNull("{0} is {1}", key, value);
    }

    private static SentEntry Sent(long send) => new(Time, send, "r1", 1, "g1", "m1", 0.5m);

    // Null if the journal is refused.
    private string[]? Observe(IEnumerable<string> lines)
    {
        var file = _folder / "altered.jsonl";
        File.WriteAllLines(file, lines);
        try
        {
            return JournalContent.Describe(JournalState.Read(file), ["r1", "r2"], Single, OfBatch);
        }
        catch (InvalidDataException error)
        {
            error.Message.Should().StartWith($"{file}:");
            return null;
        }
    }

    private static JsonObject Parse(JournalEntry line) => JsonNode.Parse(JsonText.Serialize(line))!.AsObject();

    /// <summary>Returns the line with each of its values altered, one at a time.</summary>
    private static IEnumerable<(string Place, string Line)> Alter(JournalEntry line)
    {
        var kind = (string)Parse(line)["kind"]!;
        foreach (var path in FindValues(Parse(line), []))
        {
            var root = Parse(line);
            JsonNode at = root;
            foreach (var step in path.SkipLast(1)) at = step is string name ? at[name]! : at[(int)step]!;
            var value = (path[^1] is string key ? at[key] : at[(int)path[^1]])!.AsValue();
            JsonNode changed = value.GetValueKind() switch
            {
                JsonValueKind.True => false,
                JsonValueKind.False => true,
                JsonValueKind.Number => value.GetValue<decimal>() + 1,
                _ => AlterText((string)value!),
            };
            if (path[^1] is string last) at[last] = changed;
            else at[(int)path[^1]] = changed;
            var place = $"{kind}.{string.Join('.', path.Select(step => Convert.ToString(step, CultureInfo.InvariantCulture)))}";
            yield return (place, root.ToJsonString(LikeTheJournal));
        }
    }

    // Other values that are valid: a date, an encoding, a format, a body with a token more, any text.
    private static string AlterText(string text) => text switch
    {
        "utf-8" => "base64",
        "openai" => "recorded",
        _ when DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var date) =>
            date.AddSeconds(1).ToString("O", CultureInfo.InvariantCulture),
        _ when text.Contains("\"prompt_tokens\":7", StringComparison.Ordinal) =>
            text.Replace("\"prompt_tokens\":7", "\"prompt_tokens\":8", StringComparison.Ordinal),
        _ when text.StartsWith('{') => text.Replace("pairs", "parts", StringComparison.Ordinal) + " ",
        _ => text + "x",
    };

    private static IEnumerable<object[]> FindValues(JsonNode node, object[] path) => node switch
    {
        JsonObject members => members.SelectMany(member => FindValues(member.Value!, [.. path, member.Key])),
        JsonArray items => items.SelectMany((item, i) => FindValues(item!, [.. path, i])),
        _ => [path],
    };
}
