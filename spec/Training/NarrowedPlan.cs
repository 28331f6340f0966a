using System.Globalization;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Data.Preference;
using TurkishLlm.Files;
using TurkishLlm.Model;
using TurkishLlm.Model.Lora;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Spec.Training;

/// <summary>The joint of a schedule around which a shadow run trains.</summary>
public enum ScheduleJoint
{
    /// <summary>The last step of the warm-up and the step after it.</summary>
    WarmUp,

    /// <summary>The last two steps.</summary>
    End,

    /// <summary>The last step of the stable phase of wsd, and the first of its decay.</summary>
    Decay,
}

/// <summary>
/// A copy of the plan of a run that costs seconds: few layers, a narrow model, short rows and few of them; everything else is
/// that of the plan: ratio of heads, tied weights, vocabulary, objective, masks, packing, optimizer, schedule, frozen parts,
/// multipliers, adapter, number type, data and seed.
/// </summary>
/// <param name="at">The plan and its files.</param>
/// <param name="folder">Receives the first short rows of its conversations or pairs.</param>
internal sealed class NarrowedPlan(Conditions at, string folder)
{
    private const int MaximumLayers = 2, MinimumWidth = 24, TextLength = 12, RowsOfSource = 5, RowsRead = 300;
    private const double LargestRate = 4e-3;

    private TrainingPlan Plan => at.Plan;

    // The steps of a plan with epochs are 0 until its data was read.
    private long Steps => Math.Max(Math.Max(2, Plan.Optimizer.WarmupSteps + 1), Plan.Training.Steps);

    /// <summary>The case that describes the copy.</summary>
    public ShadowCase CreateCase(ScheduleJoint joint)
    {
        var before = joint switch
        {
            ScheduleJoint.End => Steps - 2,
            ScheduleJoint.Decay => Math.Clamp(Steps - Plan.Optimizer.CountDecaySteps(Steps) - 1, 0, Steps - 2),
            _ => Math.Clamp(Plan.Optimizer.WarmupSteps - 1, 0, Steps - 2),
        };
        return new(Plan.Preference is null ? Plan.Sft is null ? ShadowObjective.Text : ShadowObjective.Conversations
            : Plan.Preference.Objective switch
            {
                DpoPlan => ShadowObjective.Dpo,
                KtoPlan => ShadowObjective.Kto,
                RewardPlan => ShadowObjective.Reward,
                _ => ShadowObjective.Orpo,
            })
        {
            OwnPlan = joint,
            Start = Plan.WarmStart switch
            {
                null => before > 0 ? ShadowStart.Trained : ShadowStart.Random,
                { GrowVocabulary: true } when Plan.Model.VocabSize + ShadowCase.NewTokens <= ModelConfig.MaxVocabSize =>
                    ShadowStart.Grown,
                { KeepOptimizer: true } => ShadowStart.WithMoments,
                _ => ShadowStart.Trained,
            },
            StepsBefore = before,
            Accumulation = Math.Min(2, Plan.Training.AccumulationSteps),
            Steps = 2,
        };
    }

    /// <summary>The copy, except for the weights to start from.</summary>
    public TrainingPlan Create(ShadowCase c)
    {
        var (length, sft, preference) = (TextLength, (SftPlan?)null, (PreferencePlan?)null);
        if (Plan.Sft is not null) (sft, length) = NarrowConversations(Plan.Sft);
        if (Plan.Preference is not null) (preference, length) =
            Plan.Preference.Objective is KtoPlan ? NarrowAnswers(Plan.Preference) : NarrowPairs(Plan.Preference);
        return Plan with
        {
            Name = "shadow",
            RunFolder = Path.Combine(folder, "run"),
            Model = NarrowModel(length, c.Start == ShadowStart.Grown ? ShadowCase.NewTokens : 0),
            Training = new BatchingPlan(
                Steps, Math.Min(sft is null ? 2 : 1, Plan.Training.MicroBatchSize), length,
                c.Accumulation)
            {
                ActivationCheckpointing = Plan.Training.ActivationCheckpointing,
                Ema = Plan.Training.Ema,
            },
            Optimizer = NarrowOptimizer(),
            Evaluation = new EvaluationPlan(Every: 2, Windows: 1),
            Samples = new SamplePlan { Every = 0 },
            Checkpoints = new CheckpointPlan(Every: 1, KeepLast: 100),
            Safety = new SafetyPlan(),
            WarmStart = null,
            Sft = sft,
            Preference = preference,
            Grpo = null,        // GRP-06 and GRP-07 judge what it computes; the rest of the plan is replayed on text
            Lora = Plan.Lora is null ? null : NarrowAdapter(Plan.Lora),
        };
    }

    private ModelConfig NarrowModel(int length, int newTokens)
    {
        var model = Plan.Model;
        var keyValueHeads = Math.Min(2, model.NKvHeads);
        var heads = keyValueHeads * (model.NHeads / model.NKvHeads);
        var width = heads * Math.Max(4, (MinimumWidth + heads - 1) / heads);
        return new(
            model.VocabSize + newTokens, width, Math.Min(MaximumLayers, model.NLayers), heads, keyValueHeads,
            dFf: Math.Max(1, (int)Math.Round((double)model.DFf / model.DModel * width)), maxSeqLen: length, dropout: 0,
            model.TieEmbeddings, model.NormEps);
    }

    // A learning rate is at most LargestRate: the weights of a new model have a standard deviation of 0.02, and larger steps make
    // scores so large that their gradients vanish, and with them the premises of TOL-MODEL. OPT-06, OPT-13 and OPT-19 judge the
    // learning rates of the plan itself.
    private OptimizerPlan NarrowOptimizer()
    {
        var (optimizer, factors) = (Plan.Optimizer, Plan.Optimizer.LearningRateMultipliers);
        double[] multipliers = [1, factors.Embedding, factors.Matrices, factors.Norms, factors.Head];
        var largest = Math.Max(optimizer.LearningRate * multipliers.Max(), optimizer.MatrixLearningRate * factors.Matrices);
        var scale = Math.Min(1, LargestRate / largest);
        return optimizer with
        {
            Muon = optimizer.Muon with { LearningRate = scale * optimizer.Muon.LearningRate },
            LearningRate = scale * optimizer.LearningRate,
            MinimumLearningRate = scale * optimizer.MinimumLearningRate,
            WarmupRatio = null,
            Freeze = NarrowFreeze(),
        };
    }

    // The first layer represents the first, the last one the last, or a layer between them if only such are trained. Parts of
    // the other layers have no counterpart.
    private FreezePlan NarrowFreeze()
    {
        var (last, ownLast) = (Math.Min(MaximumLayers, Plan.Model.NLayers) - 1, Plan.Model.NLayers - 1);
        int?[] trained =
        [
            .. ParameterTable.GetShapes(Plan.Model).Select(weight => weight.Name)
                .Except(Plan.Optimizer.Freeze.GetFrozenNames(Plan.Model), StringComparer.Ordinal).Select(GetLayer),
        ];
        if (trained.All(layer => layer > 0)) ownLast = trained[^1]!.Value;
        var parts = Plan.Optimizer.Freeze.Parts.SelectMany(part =>
        {
            if (part.Split('.') is not ["layers", var numbers, .. var rest]) return [part];
            int[] range = [.. numbers.Split('-').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
            return new[] { (Own: 0, Narrow: 0), (Own: ownLast, Narrow: last) }
                .Where(layer => layer.Own >= range[0] && layer.Own <= range[^1])
                .Select(layer => string.Join('.', ["layers", layer.Narrow.ToString(CultureInfo.InvariantCulture), .. rest]));
        });
        return new([.. parts.Distinct(StringComparer.Ordinal)]);
    }

    private static int? GetLayer(string name) =>
        name.Split('.') is ["layers", var number, ..] ? int.Parse(number, CultureInfo.InvariantCulture) : null;

    private static LoraConfig NarrowAdapter(LoraConfig lora)
    {
        var rank = Math.Min(lora.Rank, 3);
        return new(rank, lora.Alpha * rank / lora.Rank, dropout: 0, lora.Targets);
    }

    private (SftPlan Plan, int Length) NarrowConversations(SftPlan sft)
    {
        var (template, seen) = (
            new ChatTemplate(at.Tokenizer, sft.System, sft.ChatTemplate), new HashSet<string>(StringComparer.Ordinal));
        var longest = 0;
        var sources = new List<SftSource>();
        foreach (var source in sft.Sources)
        {
            var rows = ConversationReader.Read(source.Path, source.InputIsContext, _ => { }).Take(RowsRead)
                .Select(row => row.Conversation).OfType<Conversation>()
                .Where(conversation => IsReplayable(conversation) && Length(conversation) <= Plan.Training.SequenceLength)
                .OrderBy(Length)
                .Where(conversation => seen.Add(GetQuestion(conversation)))
                .Take(RowsOfSource)
                .ToArray();
            if (rows.Length == 0) continue;
            longest = Math.Max(longest, rows.Max(Length));
            sources.Add(source with
            {
                Path = ShadowFiles.Write(folder, source.Name, rows),
                InputIsContext = false,
                Weight = Math.Max(0.5, source.Weight),      // less would select none of so few rows
            });
        }
        var length = sft.Packing ? Math.Min(2 * longest, Plan.Training.SequenceLength) : longest;
        if (sources.Sum(source => TextFile.ReadLines(source.Path).Count()) < 3)
        {
            sources = [new SftSource("main", ShadowFiles.Main(folder))];
            length = ConversationReader.Read(sources[0].Path, false, _ => { }).Max(row => Length(row.Conversation!));
        }
        // SFT-41 judges validation files; here a share is held out instead.
        return (
            sft with
            {
                Sources = sources, Gold = [], Validation = [], ExcessLength = ExcessLengthStrategy.Drop,
                SkipInvalid = false,
                Curriculum = sft.Curriculum is null ? null : NarrowCurriculum(sft.Curriculum, sources),
            },
            length);

        int Length(Conversation conversation) => template.Render(conversation).Ids.Count - 1;
    }

    // Of so few rows, a large fraction would be all. Their losses are in another order than the rows.
    private Curriculum NarrowCurriculum(Curriculum curriculum, IReadOnlyList<SftSource> sources)
    {
        var scores = Path.Combine(folder, "losses.jsonl");
        File.WriteAllLines(scores, sources.SelectMany(source => ConversationReader.Read(source.Path))
            .Select((row, number) => new RowScore(RowScore.GetKey(row), row.Location, 0.5 + number * 5 % 7, 1))
            .DistinctBy(score => score.Key)
            .Select(score => score.ToJson()));
        return curriculum with
        {
            Scores = scores,
            SkipEasiest = Math.Min(0.2, curriculum.SkipEasiest), SkipHardest = Math.Min(0.2, curriculum.SkipHardest),
        };
    }

    private (PreferencePlan Plan, int Length) NarrowPairs(PreferencePlan preference)
    {
        var (template, seen) = (
            new ChatTemplate(at.Tokenizer, preference.System, preference.ChatTemplate),
            new HashSet<string>(StringComparer.Ordinal));
        var rows = preference.Files
            .SelectMany(file => PreferenceReader.Read(file, _ => { }).Take(RowsRead))
            .Where(row => IsPlainPair(row.Chosen) && IsPlainPair(row.Rejected))
            .Where(row => row.Chosen.Messages[1].Text != row.Rejected.Messages[1].Text)
            .Where(row => Length(row) <= Plan.Training.SequenceLength)
            .OrderBy(Length)
            .Where(row => seen.Add(GetQuestion(row.Chosen)))
            .Take(2 * RowsOfSource)
            .ToArray();
        var pairs = ShadowFiles.Pairs(folder);
        return rows.Length < 4
            ? (preference with { Files = [pairs], Gold = [] }, PreferenceReader.Read(pairs, _ => { }).Max(Length))
            : (preference with { Files = [ShadowFiles.Write(folder, rows)], Gold = [], SkipInvalid = false }, rows.Max(Length));

        int Length(PreferenceRow row) =>
            Math.Max(template.Render(row.Chosen).Ids.Count, template.Render(row.Rejected).Ids.Count)
            - (preference.Objective is RewardPlan ? 0 : 1);
    }

    // One answer to each question, the shortest first; in a fallback file, both answers of each pair.
    private (PreferencePlan Plan, int Length) NarrowAnswers(PreferencePlan preference)
    {
        var (template, seen) = (new ChatTemplate(at.Tokenizer, preference.System), new HashSet<string>(StringComparer.Ordinal));
        var rows = preference.Files
            .SelectMany(file => LabeledReader.Read(file, _ => { }).Take(RowsRead))
            .Where(row => IsPlainPair(row.Conversation) && Length(row) <= Plan.Training.SequenceLength)
            .OrderBy(Length)
            .Where(row => seen.Add(GetQuestion(row.Conversation)))
            .Take(2 * RowsOfSource)
            .ToArray();
        var pairs = ShadowFiles.Pairs(folder);
        return rows.Length < 4
            ? (preference with { Files = [pairs], Gold = [] }, LabeledReader.Read(pairs, _ => { }).Max(Length))
            : (preference with { Files = [ShadowFiles.Write(folder, rows)], Gold = [], SkipInvalid = false }, rows.Max(Length));

        int Length(LabeledRow row) => template.Render(row.Conversation).Ids.Count - 1;
    }

    private static bool IsPlainPair(Conversation conversation) =>
        conversation.Messages is [{ Role: ChatRole.User, Context.Count: 0 }, { Role: ChatRole.Assistant, ToolCall: null }];

    private static bool IsReplayable(Conversation conversation) =>
        !conversation.AwaitsAnswer
        && conversation.Messages.All(message =>
            message.Role != ChatRole.Tool && message.ToolCall is null
            && (message.IsLearned || message.Role != ChatRole.Assistant));

    // Its letters and digits, since questions that differ only in case or punctuation belong together.
    private static string GetQuestion(Conversation conversation) => string.Concat(
        conversation.Messages.Where(message => message.Role == ChatRole.User)
            .SelectMany(message => message.Text.Where(char.IsLetterOrDigit).Select(char.ToUpperInvariant)));
}
