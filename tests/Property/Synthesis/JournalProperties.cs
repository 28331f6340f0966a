using System.Text;
using FsCheck;
using FsCheck.Fluent;
using TurkishLlm.Spec.Synthesis;
using TurkishLlm.Synthesis;
using TurkishLlm.Synthesis.Generation;

namespace TurkishLlm.Tests.Property.Synthesis;

public sealed class JournalProperties : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("turkishllm-journal-").FullName;
    private int _files;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void SYN_04_what_is_asked_next() => JournalSpec.SYN04_Journal.HoldsFor(Arb.From(
        from count in Gen.Choose(1, 12)
        from seed in Gen.Choose(0, 100_000)
        select new JournalCase(count, seed)));

    [Fact]
    public void SYN_06_budgets() => JournalSpec.SYN06_Budget.HoldsFor(Arb.From(
        from requests in Gen.Choose(1, 20)
        from concurrency in Gen.Choose(1, 8)
        from budget in Gen.Choose(0, 60)
        from before in Gen.Choose(0, 40)
        from output in Gen.Choose(1, MaxOutputTokens)
        select new BudgetCase(requests, concurrency, Math.Max(budget, before) / 4m, before / 4m, output)), count: 25);

    private const int MaxOutputTokens = 1000;

    [Fact]
    public void A_journal_truncated_at_any_byte_has_exactly_the_complete_lines_before_with_or_without_their_end() => Prop.ForAll(
        Arb.From(
            from count in Gen.Choose(1, 4)
            from seed in Gen.Choose(0, 1000)
            from cut in Gen.Choose(0, 1_000_000)
            select (count, seed, cut)),
        c =>
        {
            string[] lines = [.. Replies(c.count + 2, c.seed).Select(entry => JsonText.Serialize<JournalEntry>(entry) + "\n")];
            var bytes = Encoding.UTF8.GetBytes(string.Concat(lines));
            var length = c.cut % (bytes.Length + 1);
            var file = Path.Combine(_folder, FormattableString.Invariant($"{_files++}.jsonl"));
            File.WriteAllBytes(file, bytes[..length]);
            var whole = bytes.AsSpan(0, length).Count((byte)'\n');
            // A whole line that lacks only its end is completed.
            var end = whole < lines.Length && length + 1 == lines.Take(whole + 1).Sum(line => Encoding.UTF8.GetByteCount(line))
                ? "\n" : "";
            if (end.Length > 0) whole++;
            using (var journal = Journal.Open(file))
                if (journal.Query(state => state.Replies.Count) != whole) return false;
            // Everything is still there: in the journal, or in the file beside it.
            var torn = File.Exists(file + ".torn") ? File.ReadAllBytes(file + ".torn")[..^1] : [];
            return File.ReadAllBytes(file).Concat(torn).SequenceEqual([.. bytes[..length], .. Encoding.UTF8.GetBytes(end)]);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(120).WithQuietOnSuccess(true));

    private static IEnumerable<RepliedEntry> Replies(int count, int seed) =>
        Enumerable
            .Range(0, count)
            .Select(i => new RepliedEntry(
        DateTimeOffset.UnixEpoch.AddSeconds(seed + i),
        i + 1, FormattableString.Invariant($"istek{i}"), 1, "küme", "", "m", "v2", "ışık\nşöyle 😀 " + seed, "", 1, 2, 0.1m, 1,
        ""));
}
