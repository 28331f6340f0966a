using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Tokenization.Chat;
using static System.FormattableString;

namespace TurkishLlm.Evaluation.Tasks;

/// <summary>
/// Reads the rows that a task asks, each with its answered questions before it. A function of the files and the seed.
/// </summary>
/// <remarks>Spec: EVL-35.</remarks>
public static class TaskRows
{
    /// <param name="task">The task.</param>
    /// <param name="seed">Seed of <see cref="RowChoice.Random"/>.</param>
    /// <param name="unknownKeys">Counts keys that this program does not know; null to ignore them.</param>
    /// <exception cref="FileNotFoundException">A file does not exist.</exception>
    /// <exception cref="InvalidDataException">
    /// A file cannot be read, has too few rows, or has no row with a field of <see cref="EvaluationTask.Slices"/>.
    /// </exception>
    public static IReadOnlyList<GoldRow> Read(EvaluationTask task, long seed, UnknownKeys? unknownKeys = null)
    {
        ArgumentNullException.ThrowIfNull(task);
        GoldRow[] rows = [.. task.Files.SelectMany(ReadFile)];
        var shots = GetShots(task, rows);
        if (task.FewShotFile is null) rows = rows[shots.Length..];
        RequireSlices(task, rows);
        var asked = Choose(task, rows, seed);
        return shots.Length == 0 ? asked : [.. asked.Select(row => row with { Prompt = Prepend(shots, row.Prompt) })];

        IReadOnlyList<GoldRow> ReadFile(string file) =>
            GoldFile.Read(file, task.Refusal, task.InputIsContext, unknownKeys);
    }

    private static GoldRow[] GetShots(EvaluationTask task, GoldRow[] rows)
    {
        if (task.FewShot == 0) return [];
        var source = task.FewShotFile is { } file ? [.. GoldFile.Read(file, task.Refusal, task.InputIsContext)] : rows;
        var needed = task.FewShotFile is null ? task.FewShot + 1 : task.FewShot;
        if (source.Length < needed)
            throw new InvalidDataException(
                Invariant($"{task.FewShotFile ?? string.Join(", ", task.Files)} has {source.Length} rows, but few_shot is ")
                    + Invariant($"{task.FewShot}{(task.FewShotFile is null ? " and at least one row must be asked" : "")}. ")
                    + "Lower few_shot, or name a file with more rows in few_shot_file.");
        return source[..task.FewShot];
    }

    private static GoldRow[] Choose(EvaluationTask task, GoldRow[] rows, long seed)
    {
        if (task.Rows == 0 || task.Rows >= rows.Length) return rows;
        if (task.Choose == RowChoice.First) return rows[..task.Rows];
        return
        [
            .. Enumerable.Range(0, rows.Length)
                .OrderBy(row => CounterRandom.GetInt64(seed, row, stream: 0, long.MaxValue))
                .Take(task.Rows)
                .Order()
                .Select(row => rows[row]),
        ];
    }

    private static void RequireSlices(EvaluationTask task, GoldRow[] rows)
    {
        foreach (var slice in task.Slices.Where(slice => !rows.Any(row => row.Fields.ContainsKey(slice))))
            throw new InvalidDataException(
                $"No row of {string.Join(", ", task.Files)} has the field \"{slice}\" of slices. Known: "
                    + $"{string.Join(", ", rows.SelectMany(row => row.Fields.Keys).Distinct().Order(StringComparer.Ordinal))}.");
    }

    // The system prompt stays first. The system prompts of the answered questions are dropped: one conversation has one.
    private static Conversation Prepend(IReadOnlyList<GoldRow> shots, Conversation prompt)
    {
        var system = prompt.Messages.TakeWhile(message => message.Role == ChatRole.System);
        var answered = shots.SelectMany(shot =>
            shot.Prompt.Messages.SkipWhile(message => message.Role == ChatRole.System).Append(shot.Reference));
        return new([.. system, .. answered, .. prompt.Messages.SkipWhile(message => message.Role == ChatRole.System)]);
    }
}
