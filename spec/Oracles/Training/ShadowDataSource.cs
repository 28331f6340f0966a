using TurkishLlm.Data.FineTuning;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Tokenization;

namespace TurkishLlm.Spec.Oracles.Training;

/// <summary>Creates the rows of a plan from its files.</summary>
public static class ShadowDataSource
{
    /// <summary>Creates the rows of a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="text">The training split of its shards.</param>
    /// <param name="encoder">The naive encoder of its tokenizer.</param>
    public static ShadowData Create(TrainingPlan plan, TokenFileOracle text, BytePairEncoderOracle encoder)
    {
        var rows = plan.Training.MicroBatchSize * plan.Training.AccumulationSteps;
        return plan.Preference is { Objective: KtoPlan } ? CreateAnswers(plan, encoder, rows)
            : plan.Preference is not null ? CreatePairs(plan, encoder, rows)
            : plan.Sft is not null ? CreateConversations(plan, text, encoder, rows)
            : new TextShadowData(text, plan.Seed, plan.Training.SequenceLength, rows);
    }

    private static Func<IEnumerable<ChatTurn>, MaskedTokens> CreateRenderer(string format, BytePairEncoderOracle encoder) =>
        format == "turkishllm"
            ? new ChatOracle(encoder).Render
            : turns => new PublishedChatOracle(format, encoder).Render(turns);

    private static EpochShadowData CreateConversations(
        TrainingPlan plan, TokenFileOracle text, BytePairEncoderOracle encoder, int rowsPerStep)
    {
        var (sft, seen, length) = (plan.Sft!, new HashSet<string>(StringComparer.Ordinal), plan.Training.SequenceLength);
        var oracle = new ConversationOracle(CreateRenderer(sft.ChatTemplate.Name, encoder), sft.System);
        var all = sft.Sources
            .SelectMany((source, number) => ConversationOracle.ReadConversations(source.Path, seen)
                .Select(turns => (
                    Source: number, Key: ConversationOracle.Key(turns), Example: oracle.Render(turns, $"{sft.Supervise}"),
                    Priority: ConversationOracle.Priority(turns, plan.Seed))))
            .Where(row => row.Example.Inputs.Length <= length && row.Example.Learned > 0)
            .ToArray();
        var heldOut = ConversationOracle.HeldOut([.. all.Select(row => row.Priority)], sft.ValidationShare);
        var kept = all.Where((_, i) => !heldOut.Contains(i)).ToArray();
        var bands = ChooseBands(sft.Curriculum, [.. kept.Select(row => row.Key)]);
        (ShadowExample Example, int Band)[] train =
        [
            .. sft.Sources.SelectMany((source, number) => ConversationOracle.Weighted(
                [.. kept.Where(row => row.Source == number && bands.ContainsKey(row.Key))], source.Weight, row => row.Priority))
                .Select(row => (row.Example, bands[row.Key])),
        ];
        var learned = train.Sum(one => (long)one.Example.Learned);
        var windows = (int)(sft.TextShare > 0
            ? Math.Max(1, Math.Round(sft.TextShare / (1 - sft.TextShare) * learned / length))
            : 0);
        var validation = all.Where((_, i) => heldOut.Contains(i)).Select(row => row.Example).ToArray();
        (ShadowRow Row, int Band)[] rows =
        [
            .. train.GroupBy(one => one.Band).OrderBy(band => band.Key)
                .SelectMany(band => Pack([.. band.Select(one => one.Example)]).Select(row => (row, band.Key))),
        ];
        return new([.. rows.Select((one, number) => one.Row with { Number = number })], Pack(validation), plan.Seed, rowsPerStep)
        {
            TextRows = windows,
            ReadText = (epoch, number) => TextShadowData.ReadWindow(text, plan.Seed, epoch, number, length),
            Bands = sft.Curriculum is not { Order: CurriculumOrder.EasyFirst } ? null :
            [
                .. rows.Select(row => row.Band),
                .. Enumerable.Range(0, windows).Select(i => rows[i * rows.Length / windows].Band),
            ],
        };

        ShadowRow[] Pack(IReadOnlyList<ShadowExample> examples) =>
        [
            .. (sft.Packing
                    ? BestFitOracle.Pack([.. examples.Select(example => example.Inputs.Length)], length)
                    : [.. examples.Select((_, i) => new[] { i })])
                .Select((row, number) => new ShadowRow(number, [.. row.Select(i => examples[i])])),
        ];
    }

    // The band of each conversation that a curriculum keeps: 0 for all if it orders nothing.
    private static Dictionary<string, int> ChooseBands(Curriculum? curriculum, IReadOnlyList<string> keys)
    {
        if (curriculum is null) return keys.ToDictionary(key => key, _ => 0);
        var losses = ConversationOracle.ReadLosses(curriculum.Scores);
        int Count(double share) => (int)Math.Floor(share * keys.Count + 0.5);
        string[] kept =
        [
            .. keys.OrderBy(key => losses[key]).ThenBy(key => key, StringComparer.Ordinal)
                .Skip(Count(curriculum.SkipEasiest)).SkipLast(Count(curriculum.SkipHardest)),
        ];
        return kept.Select((key, rank) => (key, rank)).ToDictionary(
            one => one.key, one => curriculum.Order == CurriculumOrder.None ? 0 : one.rank * curriculum.Bands / kept.Length);
    }

    private static EpochShadowData CreatePairs(TrainingPlan plan, BytePairEncoderOracle encoder, int rowsPerStep)
    {
        var (preference, seen) = (plan.Preference!, new HashSet<string>(StringComparer.Ordinal));
        var oracle = new ConversationOracle(CreateRenderer(preference.ChatTemplate.Name, encoder), preference.System);
        var all = preference.Files
            .SelectMany(file => ConversationOracle.ReadPairs(file, seen))
            .Select((pair, number) => (
                Row: new ShadowRow(number, oracle.Render(pair.Chosen, "Completion"), oracle.Render(pair.Rejected, "Completion")),
                Priority: ConversationOracle.Priority(pair.Chosen, pair.Rejected, plan.Seed)))
            .Where(pair => pair.Row.Examples.All(answer =>
                answer.Inputs.Length + (preference.Objective is RewardPlan ? 1 : 0) <= plan.Training.SequenceLength))
            .ToArray();
        var heldOut = ConversationOracle.HeldOut([.. all.Select(pair => pair.Priority)], preference.ValidationShare);
        return new(
            [.. all.Where((_, i) => !heldOut.Contains(i)).Select(pair => pair.Row)],
            [.. all.Where((_, i) => heldOut.Contains(i)).Select(pair => pair.Row)], plan.Seed, rowsPerStep);
    }

    // Rows sorted by question and shifted by the size of the largest question give the mismatched answers of training; those of
    // validation are the training answers in order.
    private static EpochShadowData CreateAnswers(TrainingPlan plan, BytePairEncoderOracle encoder, int rowsPerStep)
    {
        var (preference, seen, length) = (
            plan.Preference!, new HashSet<string>(StringComparer.Ordinal), plan.Training.SequenceLength);
        var oracle = new ConversationOracle(CreateRenderer(preference.ChatTemplate.Name, encoder), preference.System);
        var all = preference.Files
            .SelectMany(file => ConversationOracle.ReadAnswers(file, seen))
            .Select(answer => (
                Question: answer.Turns[^2].Text, answer.IsDesirable, Example: oracle.Render(answer.Turns, "Completion"),
                Priority: ConversationOracle.Priority(answer.Turns, plan.Seed)))
            .Where(row => row.Example.Inputs.Length <= length)
            .ToArray();
        var heldOut = ConversationOracle.HeldOutGroups(
            [.. all.Select(row => (row.Question, row.Priority))], preference.ValidationShare);
        var train = all.Where((_, i) => !heldOut.Contains(i)).ToArray();
        int[][] questions =
            [.. train.Index().GroupBy(row => row.Item.Question).Select(rows => rows.Select(row => row.Index).ToArray())];
        int[] sorted = [.. questions.SelectMany(rows => rows)];
        var shift = questions.Max(rows => rows.Length);
        var partner = new int[train.Length];
        for (var i = 0; i < sorted.Length; i++) partner[sorted[i]] = sorted[(i + shift) % sorted.Length];
        return new(
            [
                .. train.Select((row, i) => new ShadowRow(
                    i, row.Example, row.Example.WithAnswer(train[partner[i]].Example, length))
                {
                    IsDesirable = row.IsDesirable,
                }),
            ],
            [
                .. all.Where((_, i) => heldOut.Contains(i)).Select((row, i) => new ShadowRow(
                    i, row.Example, row.Example.WithAnswer(train[i % train.Length].Example, length))
                {
                    IsDesirable = row.IsDesirable,
                }),
            ],
            plan.Seed, rowsPerStep);
    }
}
