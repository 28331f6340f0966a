using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using TurkishLlm.Files;
using TurkishLlm.Spec.Tokenization;

namespace TurkishLlm.Spec.Oracles.Training;

/// <summary>Reads and renders conversations and preference pairs, and chooses those that are held out.</summary>
/// <remarks>
/// Reads one JSON object per line: <c>messages</c> with <c>role</c>, <c>content</c> and optionally <c>context</c>, or
/// <c>prompt</c>, <c>chosen</c> and <c>rejected</c>. The priority of a row is a mixed hash of its text and the seed; the rows
/// with the lowest priorities are held out. Rows with equal questions are not supported.
/// </remarks>
/// <param name="render">Renders turns, with every answer learned.</param>
/// <param name="system">The system prompt of conversations without one; null for none.</param>
public sealed class ConversationOracle(Func<IEnumerable<ChatTurn>, MaskedTokens> render, string? system)
{
    /// <summary>Reads the conversations of a file, without exact duplicates of the rows in <paramref name="seen"/>.</summary>
    public static IReadOnlyList<ChatTurn[]> ReadConversations(string file, HashSet<string> seen) =>
        [.. ReadObjects(file).Select(row => row.GetProperty("messages").EnumerateArray().Select(ReadTurn).ToArray())
            .Where(turns => seen.Add(Text(turns)))];

    /// <summary>Reads the pairs of a file.</summary>
    public static IReadOnlyList<(ChatTurn[] Chosen, ChatTurn[] Rejected)> ReadPairs(string file, HashSet<string> seen) =>
        [.. ReadObjects(file).Select(row => (Answer(row, "chosen"), Answer(row, "rejected")))
            .Where(pair => seen.Add(Text(pair.Item1) + "\n" + Text(pair.Item2)))];

    /// <summary>Reads the answers of a file: both of a pair, or the one of a row with a label.</summary>
    public static IReadOnlyList<(ChatTurn[] Turns, bool IsDesirable)> ReadAnswers(string file, HashSet<string> seen) =>
        [.. ReadObjects(file)
            .SelectMany(row => row.TryGetProperty("label", out var label)
                ? [(Answer(row, "completion"), label.GetBoolean())]
                : new[] { (Answer(row, "chosen"), true), (Answer(row, "rejected"), false) })
            .Where(answer => seen.Add($"{Text(answer.Item1)}\n{answer.Item2}"))];

    /// <summary>
    /// Indices of the rows that are held out if rows with one question stay together: groups in the order of their lowest
    /// priority, until there are as many rows as the share asks for.
    /// </summary>
    public static IReadOnlySet<int> HeldOutGroups(IReadOnlyList<(string Question, ulong Priority)> rows, double share)
    {
        var heldOut = new HashSet<int>();
        if (share <= 0 || rows.Count < 2) return heldOut;
        var wanted = Math.Clamp((int)Math.Floor(share * rows.Count + 0.5), 1, rows.Count - 1);
        var groups = rows.Index().GroupBy(row => row.Item.Question).OrderBy(group => group.Min(row => row.Item.Priority));
        foreach (var group in groups)
            if (heldOut.Count < wanted && heldOut.Count + group.Count() < rows.Count)
                heldOut.UnionWith(group.Select(row => row.Index));
        return heldOut;
    }

    /// <summary>Renders a conversation; learned are the answers that a policy selects.</summary>
    /// <param name="turns">The turns.</param>
    /// <param name="policy">
    /// <c>All</c>, <c>Completion</c> (answers after the last question) or <c>Last</c> (the last answer).
    /// </param>
    public ShadowExample Render(IReadOnlyList<ChatTurn> turns, string policy)
    {
        if (system is not null && turns[0].Role != "system") turns = [new ChatTurn("system", system), .. turns];
        var rendered = render(turns);
        var before = policy switch
        {
            "All" => 0,
            "Completion" => render(turns.Take(LastTurn("user"))).Ids.Count,
            _ => render(turns.Take(LastTurn("assistant"))).Ids.Count,
        };
        return ShadowExample.Create(rendered.Ids, [.. rendered.LossMask.Select((learned, i) => learned && i >= before)]);

        int LastTurn(string role) => Enumerable.Range(0, turns.Count).Last(i => turns[i].Role == role);
    }

    /// <summary>Priority of a conversation.</summary>
    public static ulong Priority(IReadOnlyList<ChatTurn> turns, long seed) =>
        CounterOracle.Mix(Hash(turns) ^ CounterOracle.Mix(unchecked((ulong)seed)));

    /// <summary>Key of a conversation in files of losses: the first 16 bytes of its SHA-256, hexadecimal.</summary>
    public static string Key(IReadOnlyList<ChatTurn> turns) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"whole\0{Text(turns)}")).AsSpan(0, 16));

    /// <summary>Reads the loss of each conversation of a file.</summary>
    public static IReadOnlyDictionary<string, double> ReadLosses(string file) => ReadObjects(file)
        .Where(row => row.GetProperty("loss").ValueKind == JsonValueKind.Number)
        .GroupBy(row => row.GetProperty("key").GetString()!)
        .ToDictionary(row => row.Key, row => row.First().GetProperty("loss").GetDouble());

    /// <summary>Priority of a pair.</summary>
    public static ulong Priority(IReadOnlyList<ChatTurn> chosen, IReadOnlyList<ChatTurn> rejected, long seed) =>
        CounterOracle.Mix(
            Hash(chosen) ^ CounterOracle.Mix(Hash(rejected) ^ CounterOracle.Mix(unchecked((ulong)seed))));

    /// <summary>Indices of the rows that are held out: a share of them, rounded; one at least and never all.</summary>
    public static IReadOnlySet<int> HeldOut(IReadOnlyList<ulong> priorities, double share)
    {
        if (share <= 0 || priorities.Count < 2) return new HashSet<int>();
        var count = (int)Math.Floor(share * priorities.Count + 0.5);
        return Enumerable.Range(0, priorities.Count).OrderBy(row => priorities[row])
            .Take(Math.Min(Math.Max(count, 1), priorities.Count - 1)).ToHashSet();
    }

    /// <summary>
    /// Repeats rows by a weight: the whole part of it as copies of all, and for the rest those with the lowest priorities.
    /// </summary>
    public static IEnumerable<T> Weighted<T>(IReadOnlyList<T> rows, double weight, Func<T, ulong> priority)
    {
        var whole = (int)weight;
        for (var copy = 0; copy < whole; copy++)
            foreach (var row in rows) yield return row;
        foreach (var row in rows.OrderBy(priority).Take((int)Math.Floor((weight - whole) * rows.Count + 0.5))) yield return row;
    }

    private static IEnumerable<JsonElement> ReadObjects(string file)
    {
        foreach (var line in Encoding.UTF8.GetString(File.ReadAllBytes(file)).Split('\n'))
        {
            if (line.Length == 0) continue;
            using var json = StrictJson.Parse(line, file);
            yield return json.RootElement.Clone();
        }
    }

    private static ChatTurn ReadTurn(JsonElement message) => new(
        message.GetProperty("role").GetString()!, message.GetProperty("content").GetString()!,
        message.TryGetProperty("context", out var context)
            ? [.. context.EnumerateArray().Select(text => text.GetString()!)]
            : []);

    private static ChatTurn[] Answer(JsonElement row, string key) =>
        [new("user", row.GetProperty("prompt").GetString()!), new("assistant", row.GetProperty(key).GetString()!)];

    // The fields of all messages, separated by zero characters.
    private static string Text(IReadOnlyList<ChatTurn> turns) => string.Join('\0', turns.Select(turn => string.Join(
        '\0', $"{char.ToUpperInvariant(turn.Role[0])}{turn.Role[1..]}", string.Join('\0', turn.Context ?? []), turn.Text,
        turn.Call)));

    // Bytes 8 to 15 of the SHA-256, most significant first.
    private static ulong Hash(IReadOnlyList<ChatTurn> turns) =>
        BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"whole\0{Text(turns)}")).AsSpan(8));
}
