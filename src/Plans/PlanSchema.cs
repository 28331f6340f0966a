using System.Text.Json.Nodes;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Model;
using TurkishLlm.Model.Lora;
using TurkishLlm.Plans.Guidelines;
using static TurkishLlm.Plans.PlanRange;

namespace TurkishLlm.Plans;

/// <summary>
/// All keys of plans, each described once: type, default, range, unit and meaning. <see cref="TrainingPlan.Parse"/>,
/// <see cref="PlanWriter"/>, the range checks and <see cref="PlanReference"/> follow from these descriptions.
/// </summary>
/// <remarks>Defaults are those of the plan records. Rules between several keys are methods of the records.</remarks>
public static class PlanSchema
{
    /// <summary>The version that introduced the keys which state no other.</summary>
    internal const string FirstVersion = "1.0";

    private static PlanSection<ModelConfig> Model { get; } = new PlanSection<ModelConfig>(
        "Sizes of the model. A preset gives all sizes; other keys replace the values of the preset.", ModelConfig.V1)
        {
            ChooseDefaults = values => values.GetValueOrDefault("preset") switch
            {
                ModelPreset.V1 => ModelConfig.V1,
                ModelPreset.V2 => ModelConfig.V2,
                ModelPreset.Toy => ModelConfig.Toy(ModelConfig.MinVocabSize),
                _ => null,
            },
            AdaptProblem = problem => new(problem.Message, [.. problem.Keys.Select(key => $"model.{key}"), "model.preset"]),
            Placeholder = ModelConfig.V1.With(maxSeqLen: int.MaxValue),
        }
        .Key("preset", PlanValue.Preset, "Name of a model that gives the sizes; toy does not give vocab_size.")
        .Key("vocab_size", model => model.VocabSize, PlanValue.Integer, "Entries of the vocabulary, including special tokens.",
            Between(ModelConfig.MinVocabSize, ModelConfig.MaxVocabSize), "tokens",
            requiredUnless: "preset", isReplacedBy: preset => preset is not ModelPreset.Toy)
        .Key("d_model", model => model.DModel, PlanValue.Integer,
            "Width of the residual stream; a multiple of n_heads.", AtLeast(1), "features", requiredUnless: "preset")
        .Key("n_layers", model => model.NLayers, PlanValue.Integer,
            "Number of transformer blocks.", AtLeast(1), "layers", requiredUnless: "preset")
        .Key("n_heads", model => model.NHeads, PlanValue.Integer,
            "Number of query heads; a multiple of n_kv_heads.", AtLeast(1), "heads", requiredUnless: "preset")
        .Key("n_kv_heads", model => model.NKvHeads, PlanValue.Integer,
            "Number of key/value heads.", AtLeast(1), "heads", requiredUnless: "preset")
        .Key("d_ff", model => model.DFf, PlanValue.Integer,
            "Inner width of the feed-forward network.", AtLeast(1), "features", requiredUnless: "preset")
        .Key("max_seq_len", model => model.MaxSeqLen, PlanValue.Integer,
            "Maximum sequence length in training.", AtLeast(1), "tokens", requiredUnless: "preset")
        .Key("dropout", model => model.Dropout, PlanValue.Number,
            "Fraction of activations set to zero in training.", ZeroToLessThan(1), "")
        .Key("weight_tying", model => model.TieEmbeddings, PlanValue.Boolean,
            "Use the embedding matrix as the output projection.")
        .Key("norm_eps", model => model.NormEps, PlanValue.Number,
            "Constant added to the mean square in every RMSNorm.", MoreThan(0), "");

    private static PlanSection<DataPlan> Data { get; } = new PlanSection<DataPlan>(
        "Tokenizer and token shards to train on.", new("", ""))
        .Key("tokenizer", data => data.Tokenizer, PlanValue.Path, "Folder of the tokenizer.", isRequired: true)
        .Key("shards", data => data.Shards, PlanValue.Path,
            "Folder of the token shards, which were encoded with the same tokenizer.", isRequired: true);

    private static PlanSection<WarmStartPlan> WarmStart { get; } = new PlanSection<WarmStartPlan>(
        "Initial weights from another run. Without this section the weights are random.", new(""))
        .Key("checkpoint", start => start.Checkpoint, PlanValue.Path,
            "Folder of a checkpoint with a model of the same sizes; max_seq_len and dropout may differ.", isRequired: true)
        .Key("step", start => start.Step, PlanValue.Count,
            "Steps that count as completed; training and its schedule begin with the next one.",
            AtLeast(0), "steps")
        .Key("keep_optimizer", start => start.KeepOptimizer, PlanValue.Boolean,
            "Load the moments of the optimizer too, instead of starting with zeros.")
        .Key("grow_vocabulary", start => start.GrowVocabulary, PlanValue.Boolean,
            "Allow a vocabulary that is larger than that of the checkpoint.");

    private static PlanSection<SftSource> SftSources { get; } = new PlanSection<SftSource>(
        "A file of conversations.", new("", ""))
        .Key("path", source => source.Path, PlanValue.Path, "File of conversations.", isRequired: true)
        .Key("weight", source => source.Weight, PlanValue.Number,
            "Number of times that an epoch reads each row (0.5 = half of the rows; 1.5 = every row, and half of them twice).",
            MoreThanUpTo(0, 100), "times")
        .Key("input_is_context", source => source.InputIsContext, PlanValue.Boolean,
            "Treat the input of Alpaca rows as retrieved context, which may be shortened.");

    private static PlanSection<Curriculum> Curricula { get; } = new PlanSection<Curriculum>(
        "Training examples selected and ordered by the loss of a checkpoint.", new(""))
        .Key("scores", curriculum => curriculum.Scores, PlanValue.Path, "File of losses, written by data score.",
            isRequired: true)
        .Key("skip_easiest", curriculum => curriculum.SkipEasiest, PlanValue.Number,
            "Fraction of the training examples to exclude, those with the lowest losses.", ZeroToLessThan(1), "")
        .Key("skip_hardest", curriculum => curriculum.SkipHardest, PlanValue.Number,
            "Fraction of the training examples to exclude, those with the highest losses.", ZeroToLessThan(1), "")
        .Key("order", curriculum => curriculum.Order, PlanValue.Order,
            "Order of an epoch: shuffled (none), or bands of low losses first, each shuffled.")
        .Key("bands", curriculum => curriculum.Bands, PlanValue.Integer,
            "Number of bands of increasing loss.", AtLeast(1), "bands");

    private static PlanSection<SftPlan> Sft { get; } = new PlanSection<SftPlan>(
        "Supervised fine-tuning on conversations instead of running text.", new([]))
        {
            CheckKeys = SftPlan.CheckValidation,
        }
        .Key("sources", sft => sft.Sources, new PlanMap<SftSource, IReadOnlyList<SftSource>>(
            SftSources, "NAME", sources => sources.Select(source => (source.Name, source)),
            named => [.. named.Select(one => one.Value with { Name = one.Name })]),
            "Files of conversations, each under a name of your choice.")
        .Key("gold", sft => sft.Gold, PlanValue.Paths,
            "Evaluation files; examples with the same questions are excluded from training.")
        .Key("validation", sft => sft.Validation, PlanValue.PathOrPaths,
            "Files of validation conversations, instead of validation_share; equal or nearly equal training rows are excluded.")
        .Key("validation_share", sft => sft.ValidationShare, PlanValue.Number,
            "Fraction of the conversations held out for validation.", ZeroToLessThan(1), "",
            isUsed: sft => sft.Validation.Count == 0)
        .Key("system", sft => sft.System!, PlanValue.Text, "System prompt of conversations without one; stored with the model.")
        .Key("chat_template", sft => sft.ChatTemplate, PlanValue.ChatTemplate,
            "Marks around messages; stored with the model, and the same as in the model that the run starts from.")
        .Key("supervise", sft => sft.Supervise, PlanValue.Supervise,
            "Assistant turns to learn from: all, those after the last question (completion), or the last one.")
        .Key("excess_length", sft => sft.ExcessLength, PlanValue.ExcessLength,
            "Drop or truncate conversations that are longer than a row.")
        .Key("skip_invalid", sft => sft.SkipInvalid, PlanValue.Boolean,
            "Skip and count rows that cannot be read, instead of stopping.")
        .Key("packing", sft => sft.Packing, PlanValue.Boolean,
            "Pack several conversations into a row, without attention between them; otherwise one per row, with padding.")
        .Key("text_share", sft => sft.TextShare, PlanValue.Number,
            "Fraction of the learned tokens that are running text from data.shards, against forgetting (0 = none).",
            ZeroToLessThan(1), "")
        .Section("curriculum", sft => sft.Curriculum!, Curricula);

    private static PlanSection<DpoPlan> Dpo { get; } = new PlanSection<DpoPlan>(
        "Direct preference optimization. Use one of dpo, orpo, kto and reward.", new())
        .Key("beta", dpo => dpo.Beta, PlanValue.Number,
            "β: larger values keep the model closer to its initial weights.", MoreThan(0), "")
        .Key("label_smoothing", dpo => dpo.LabelSmoothing, PlanValue.Number,
            "Fraction of the pairs that are assumed to be labeled the wrong way around.",
            ZeroToLessThan(0.5).Because("else the rejected answers are learned"), "");

    private static PlanSection<OrpoPlan> Orpo { get; } = new PlanSection<OrpoPlan>(
        "Odds-ratio preference optimization. Use one of dpo, orpo, kto and reward.", new())
        .Key("lambda", orpo => orpo.Lambda, PlanValue.Number,
            "λ: weight of the odds ratio relative to the loss of the chosen answer.", MoreThan(0), "");

    private static PlanSection<KtoPlan> Kto { get; } = new PlanSection<KtoPlan>(
        "Kahneman-Tversky optimization on single answers with a label. Use one of dpo, orpo, kto and reward.", new())
        .Key("beta", kto => kto.Beta, PlanValue.Number,
            "β: larger values keep the model closer to its initial weights.", MoreThan(0), "")
        .Key("desirable_weight", kto => kto.DesirableWeight, PlanValue.Number,
            "Weight of the loss of desirable answers.", MoreThan(0), "")
        .Key("undesirable_weight", kto => kto.UndesirableWeight, PlanValue.Number,
            "Weight of the loss of undesirable answers.", MoreThan(0), "");

    private static PlanSection<RewardPlan> Reward { get; } = new PlanSection<RewardPlan>(
        "A reward model: a scalar head that gives the chosen answer the higher score. Use one of dpo, orpo, kto and reward.",
        new())
        .Key("centering", reward => reward.Centering, PlanValue.Number,
            "Weight of the squared sum of the two rewards of a pair, which keeps rewards near 0 (0 = none).", AtLeast(0), "");

    private static PlanSection<PreferencePlan> Preference { get; } = new PlanSection<PreferencePlan>(
        "Preference training on pairs of a chosen and a rejected answer, or on answers with a label.", new([], new DpoPlan()))
        {
            CheckKeys = PreferencePlan.CheckObjective,
            CompleteJsonSchema = schema => schema["oneOf"] = new JsonArray([.. PreferencePlan.Objectives.Select(Require)]),
        }
        .Key("files", preference => preference.Files, PlanValue.Paths,
            "Files of pairs; for kto also of single answers with a label.", isRequired: true)
        .Section("dpo", preference => (preference.Objective as DpoPlan)!, Dpo)
        .Section("orpo", preference => (preference.Objective as OrpoPlan)!, Orpo)
        .Section("kto", preference => (preference.Objective as KtoPlan)!, Kto)
        .Section("reward", preference => (preference.Objective as RewardPlan)!, Reward)
        .Key("gold", preference => preference.Gold, PlanValue.Paths,
            "Evaluation files; pairs with the same questions are excluded from training.")
        .Key("validation_share", preference => preference.ValidationShare, PlanValue.Number,
            "Fraction of the pairs held out for validation.", ZeroToLessThan(1), "")
        .Key("system", preference => preference.System!, PlanValue.Text,
            "System prompt of conversations without one; stored with the model.")
        .Key("chat_template", preference => preference.ChatTemplate, PlanValue.ChatTemplate,
            "Marks around messages; stored with the model, and the same as in the model that the run starts from.")
        .Key("skip_invalid", preference => preference.SkipInvalid, PlanValue.Boolean,
            "Skip and count rows that cannot be read, instead of stopping.");

    private static PlanSection<LoraConfig> Lora { get; } = new PlanSection<LoraConfig>(
        "A LoRA adapter, which is trained instead of the weights of the model.", new(rank: 8, alpha: 16))
        {
            AdaptProblem = problem => new($"lora.{problem.Message}", [.. problem.Keys.Select(key => $"lora.{key}")]),
        }
        .Key("rank", lora => lora.Rank, PlanValue.Integer,
            "Rank of the adapter: rows of A and columns of B.", AtLeast(1), "", isRequired: true)
        .Key("alpha", lora => lora.Alpha, PlanValue.Number,
            "Strength of the adapter; its output is scaled by alpha ÷ rank.", MoreThan(0), "", isRequired: true)
        .Key("dropout", lora => lora.Dropout, PlanValue.Number,
            "Fraction of the inputs of the adapter set to zero in training.", ZeroToLessThan(1), "")
        .Key("targets", lora => lora.Targets, PlanValue.Targets, "Projections that get an adapter.");

    private static PlanSection<EmaPlan> Ema { get; } = new PlanSection<EmaPlan>(
        "An exponential moving average of the weights, kept beside them; without this section no average is kept.", new())
        .Key("decay", ema => ema.Decay, PlanValue.Number,
            "Decay of the average with each update (0.999 = about the last 1000 updates).", ZeroToLessThan(1), "")
        .Key("every", ema => ema.Every, PlanValue.Count, "Update the average every N steps.", AtLeast(1), "steps");

    private static PlanSection<BatchingPlan> Batching { get; } = new PlanSection<BatchingPlan>(
        "Length of training and size of a batch.", new(0, 0, 0))
        .Key("epochs", training => training.Epochs, PlanValue.Number,
            "Number of passes over all examples; only for conversations and pairs.", MoreThan(0), "epochs")
        .Key("steps", training => training.Steps, PlanValue.Count, "Number of optimizer steps.", AtLeast(1), "steps",
            requiredUnless: "epochs", isUsed: training => training.Epochs is null || training.Steps > 0)
        .Key("micro_batch_size", training => training.MicroBatchSize, PlanValue.Integer,
            "Number of rows in one forward and backward pass.",
            AtLeast(1), "rows", isRequired: true)
        .Key("sequence_length", training => training.SequenceLength, PlanValue.Integer,
            "Length of a row; at most model.max_seq_len.",
            AtLeast(1), "tokens", isRequired: true)
        .Key("accumulation_steps", training => training.AccumulationSteps, PlanValue.Integer,
            "Number of micro-batches in a step; their losses are summed and divided by the loss terms of the step.",
            AtLeast(1), "micro-batches")
        .Key("activation_checkpointing", training => training.ActivationCheckpointing, PlanValue.Checkpointing,
            "Compute the activations of blocks again in the backward pass instead of keeping them (blocks): slower, less memory.")
        .Section("ema", training => training.Ema!, Ema);

    private static PlanSection<LearningRateMultipliers> Multipliers { get; } = new PlanSection<LearningRateMultipliers>(
        "Factors of the learning rate for groups of weights.", new())
        .Key("embedding", rates => rates.Embedding, PlanValue.Number,
            "Factor for the embedding, and for the output projection if weights are tied.", AtLeast(0), "")
        .Key("matrices", rates => rates.Matrices, PlanValue.Number,
            "Factor for the matrices of the transformer blocks.", AtLeast(0), "")
        .Key("norms", rates => rates.Norms, PlanValue.Number, "Factor for the weights of the norms.", AtLeast(0), "")
        .Key("head", rates => rates.Head, PlanValue.Number,
            "Factor for the output projection if weights are not tied.", AtLeast(0), "");

    private static PlanSection<MuonPlan> Muon { get; } = new PlanSection<MuonPlan>(
        "Muon for the matrices of the transformer blocks; with kind: muon.", new())
        .Key("learning_rate", muon => muon.LearningRate, PlanValue.Number,
            "Peak learning rate of the matrices (default: optimizer.learning_rate).", MoreThan(0), "")
        .Key("momentum", muon => muon.Momentum, PlanValue.Number,
            "Decay of the running sum of gradients.", ZeroToLessThan(1), "")
        .Key("weight_decay", muon => muon.WeightDecay, PlanValue.Number,
            "Decoupled weight decay of the matrices (default: optimizer.weight_decay).", AtLeast(0), "");

    private static PlanSection<OptimizerPlan> Optimizer { get; } = new PlanSection<OptimizerPlan>(
        "The optimizer and the schedule of its learning rate.", new(0, 0, 0))
        .Key("kind", optimizer => optimizer.Kind, PlanValue.Optimizer,
            "The optimizer: adamw, or muon for the matrices of the blocks with adamw for all other weights.")
        .Key("learning_rate", optimizer => optimizer.LearningRate, PlanValue.Number,
            "Peak learning rate, reached at the end of the warm-up.",
            MoreThan(0), "", isRequired: true)
        .Key("minimum_learning_rate", optimizer => optimizer.MinimumLearningRate, PlanValue.Number,
            "Learning rate at the end of the schedule.",
            AtLeast(0), "", isRequired: true)
        .Key("warmup_ratio", optimizer => optimizer.WarmupRatio, PlanValue.Number,
            "Fraction of all steps in which the learning rate rises to its peak.",
            ZeroToLessThan(1), "")
        .Key("warmup_steps", optimizer => optimizer.WarmupSteps, PlanValue.Count,
            "Number of steps in which the learning rate rises to its peak.",
            AtLeast(0), "steps", requiredUnless: "warmup_ratio",
            isUsed: optimizer => optimizer.WarmupRatio is null || optimizer.WarmupSteps != 0)
        .Key("schedule", optimizer => optimizer.Schedule, PlanValue.Schedule,
            "Shape of the decay after the warm-up; wsd keeps the peak until a decay at the end.")
        .Key("decay_ratio", optimizer => optimizer.DecayRatio, PlanValue.Number,
            "Fraction of all steps in which the learning rate of wsd falls to its minimum, at the end.",
            MoreThanUpTo(0, 1), "", isUsed: optimizer => optimizer.Schedule == ScheduleKind.Wsd)
        .Key("decay_shape", optimizer => optimizer.DecayShape, PlanValue.Decay,
            "Shape of the decay of wsd: a line, or 1 − √p after the part p of it (sqrt).",
            isUsed: optimizer => optimizer.Schedule == ScheduleKind.Wsd)
        .Key("beta1", optimizer => optimizer.Beta1, PlanValue.Number,
            "Decay of the moving average of the gradient.", ZeroToLessThan(1), "")
        .Key("beta2", optimizer => optimizer.Beta2, PlanValue.Number,
            "Decay of the moving average of the squared gradient.", ZeroToLessThan(1), "")
        .Key("epsilon", optimizer => optimizer.Epsilon, PlanValue.Number,
            "Constant added to the denominator of an update.", MoreThan(0), "")
        .Key("weight_decay", optimizer => optimizer.WeightDecay, PlanValue.Number,
            "Decoupled weight decay of matrices; norms have none.", AtLeast(0), "")
        .Key("gradient_clip", optimizer => optimizer.GradientClip, PlanValue.Number,
            "Maximum global L2 norm of the gradient (0 = no limit).", AtLeast(0), "")
        .Key("muon", optimizer => optimizer.Muon, Muon, Muon.Summary,
            isUsed: optimizer => optimizer.Kind == OptimizerKind.Muon)
        .Section("learning_rate_multipliers", optimizer => optimizer.LearningRateMultipliers, Multipliers)
        .Key("freeze", optimizer => optimizer.Freeze,
            PlanValue.Texts.Wrap(parts => new FreezePlan(parts), freeze => freeze.Parts),
            "Weights that are not trained: names or their beginnings, for example [embed_tokens, layers.0-5, layers.7.attn].");

    private static PlanMap<double, MetricBounds> Bounds { get; } = new(
        PlanValue.Number, "METRIC", bounds => bounds.Values, values => new([.. values]))
        {
            KnownNames = [.. Metric.All.Select(metric => metric.Name)],
        };

    private static PlanSection<EvaluationTask> Tasks { get; } = new PlanSection<EvaluationTask>(
        "Questions with known answers.", new("", []))
        .Key("files", task => task.Files, PlanValue.Paths, "Gold files, in any training format.", isRequired: true)
        .Key("every", task => task.Every, PlanValue.Count,
            "Ask every N steps and after the last one (0 = not by steps; default: evaluation.every).", AtLeast(0), "steps")
        .Key("every_epochs", task => task.EveryEpochs, PlanValue.Integer,
            "Ask at the end of every Nth epoch (0 = not by epochs).", AtLeast(0), "epochs")
        .Key("rows", task => task.Rows, PlanValue.Integer, "Number of rows to ask (0 = all).", AtLeast(0), "rows")
        .Key("choose", task => task.Choose, PlanValue.RowChoice,
            "Which rows to ask if not all: the first, or rows drawn by the seed of the run, the same ones each time.")
        .Key("few_shot", task => task.FewShot, PlanValue.Integer,
            "Number of answered questions before each question.", AtLeast(0), "rows")
        .Key("few_shot_file", task => task.FewShotFile!, PlanValue.Path,
            "File of the answered questions (default: the first rows of files, which are then not asked).")
        .Key("slices", task => task.Slices, PlanValue.Texts,
            "Fields of rows by which metrics are also given in parts: file, task_type, or a field of the rows such as domain.")
        .Key("max_tokens", task => task.MaxTokens, PlanValue.Integer,
            "Maximum length of an answer.", AtLeast(1), "tokens")
        .Key("choice_normalization", task => task.ChoiceNormalization, PlanValue.ChoiceNormalization,
            "Length by which the log-likelihood of a choice is divided for accuracy_norm; none omits that metric.")
        .Key("input_is_context", task => task.InputIsContext, PlanValue.Boolean,
            "Treat the input of Alpaca rows as retrieved context, which may be shortened.")
        .Key("refusal", task => task.Refusal, PlanValue.Text, "Expected answer to unanswerable questions.")
        .Key("worst_answers", task => task.WorstAnswers, PlanValue.Integer,
            "Record the N worst answers of each measurement for the report (0 = none).", AtLeast(0), "answers")
        .Key("at_least", task => task.AtLeast, Bounds, "Lowest value that a metric may have, by the name of the metric.")
        .Key("at_most", task => task.AtMost, Bounds, "Highest value that a metric may have, by the name of the metric.")
        .Key("on_miss", task => task.OnMiss, PlanValue.MissAction,
            "Action if a metric is out of bounds: fail judges the best checkpoint at the end, stop ends the run; both exit with "
                + "code 4.")
        .Key("from_step", task => task.FromStep, PlanValue.Count,
            "First step at which stop applies, because a model begins below every bound.", AtLeast(0), "steps");

    private static PlanSection<EvaluationPlan> Evaluation { get; } = new PlanSection<EvaluationPlan>(
        "Validation loss on held-out data, and answers to questions.", new())
        .Key("every", evaluation => evaluation.Every, PlanValue.Count,
            "Measure the validation loss every N steps (0 = never).", AtLeast(0), "steps")
        .Key("windows", evaluation => evaluation.Windows, PlanValue.Integer,
            "Number of sequences per measurement, the same ones each time.", AtLeast(1), "sequences")
        .Key("patience", evaluation => evaluation.Patience, PlanValue.Integer,
            "Stop after N measurements of checkpoints.best_by without a new best (0 = never).",
            AtLeast(0), "measurements")
        .Key("tasks", evaluation => evaluation.Tasks, new PlanMap<EvaluationTask, IReadOnlyList<EvaluationTask>>(
            Tasks, "TASK", tasks => tasks.Select(task => (task.Name, task)),
            named => [.. named.Select(one => one.Value with { Name = one.Name })]),
            "Questions that the model is asked during training, each task under a name of your choice.");

    private static PlanSection<SamplePlan> Samples { get; } = new PlanSection<SamplePlan>(
        "Text that the model generates during training.", new())
        .Key("every", samples => samples.Every, PlanValue.Count,
            "Generate samples every N steps (0 = never).", AtLeast(0), "steps")
        .Key("prompts", samples => samples.Prompts, PlanValue.Texts, "Prompts that the model continues.")
        .Key("max_tokens", samples => samples.MaxTokens, PlanValue.Integer,
            "Maximum length of a continuation.", AtLeast(1), "tokens")
        .Key("temperature", samples => samples.Temperature, PlanValue.Number,
            "Sampling temperature (0 = always the most likely token).", AtLeast(0), "")
        .Key("top_k", samples => samples.TopK, PlanValue.Integer,
            "Sample from the k most likely tokens (0 = no limit).", AtLeast(0), "tokens");

    private static PlanSection<CheckpointPlan> Checkpoints { get; } = new PlanSection<CheckpointPlan>(
        "Saved states of training, to resume from.", new())
        .Key("every", checkpoints => checkpoints.Every, PlanValue.Count,
            "Save a checkpoint every N steps (0 = only after the first and the last step).", AtLeast(0), "steps")
        .Key("keep_last", checkpoints => checkpoints.KeepLast, PlanValue.Integer,
            "Number of newest checkpoints to keep; older ones are deleted.",
            AtLeast(1), "checkpoints")
        .Key("keep_best", checkpoints => checkpoints.KeepBest, PlanValue.Boolean,
            "Also save and keep the best step by best_by.")
        .Key("best_by", checkpoints => checkpoints.BestBy, PlanValue.Text,
            "Metric of the best checkpoint: loss (validation loss), or TASK.METRIC with a task of evaluation.tasks.");

    private static PlanSection<SafetyPlan> Safety { get; } = new PlanSection<SafetyPlan>(
        "Actions on harmful batches and stalled steps.", new())
        .Key("on_divergence", safety => safety.OnDivergence, PlanValue.DivergenceAction,
            "Action if the loss or the gradient is not finite: stop, skip the batch, or roll back to a checkpoint and skip it.")
        .Key("on_spike", safety => safety.OnSpike, PlanValue.DivergenceAction,
            "Action if the loss or the gradient norm jumps; log uses the batch anyway.")
        .Key("spike_zscore", safety => safety.SpikeZScore, PlanValue.Number,
            "Distance from the mean of recent steps that counts as a jump (0 = never).",
            AtLeast(0), "standard deviations")
        .Key("spike_window", safety => safety.SpikeWindow, PlanValue.Integer,
            "Number of recent steps that define the mean; with fewer, nothing is a jump.",
            AtLeast(2), "steps")
        .Key("max_refused_batches", safety => safety.MaxRefusedBatches, PlanValue.Integer,
            "Maximum number of batches that a run skips or rolls back; one more stops it.", AtLeast(0), "batches")
        .Key("stall_warning_factor", safety => safety.StallWarningFactor, PlanValue.Number,
            "Warn if a step takes N times the median, and more than half a minute (0 = never).", AtLeast(0), "times")
        .Key("stall_stop_factor", safety => safety.StallStopFactor, PlanValue.Number,
            "End the process if a step takes N times the median, and more than ten minutes (0 = never).",
            AtLeast(0), "times");

    /// <summary>The keys of a training plan.</summary>
    internal static PlanSection<TrainingPlan> Root { get; } = new PlanSection<TrainingPlan>(
        "Everything that decides what a training run computes.",
        new()
        {
            Name = "", RunFolder = "runs/{name}", Model = ModelConfig.V1, Data = new("", ""), Training = new(0, 0, 0),
            Optimizer = new(0, 0, 0),
        })
        .Key("name", plan => plan.Name, PlanValue.Text,
            "Name of the run: letters a–z, digits, dots, dashes and underscores.", isRequired: true)
        .Key("run", plan => plan.RunFolder, PlanValue.RunFolder, "Folder that the run writes to.")
        .Key("seed", plan => plan.Seed, PlanValue.Count, "Seed of all random numbers of the run.", AtLeast(0), "")
        .Key("device", plan => plan.Device, PlanValue.Device,
            "Device to train on; auto is the first CUDA device, otherwise the CPU.")
        .Key("compute_dtype", plan => plan.ComputeType, PlanValue.Compute,
            "Number type of matrix products; weights and moments are always float32.")
        .Key("threads", plan => plan.Threads, PlanValue.Integer,
            "CPU threads, divided among the processes of the machine (0 = automatic).", AtLeast(0), "threads")
        .Key("log_every", plan => plan.LogEvery, PlanValue.Count,
            "Print a line every N steps; the metrics file contains every step.", AtLeast(1), "steps")
        .Key("logging", plan => plan.Logging, PlanValue.Logging,
            "Formats in which the run also writes its metrics: event files of TensorBoard, a CSV table.")
        .Section("model", plan => plan.Model, Model, isRequired: true)
        .Section("data", plan => plan.Data, Data, isRequired: true)
        .Section("warm_start", plan => plan.WarmStart!, WarmStart)
        .Section("sft", plan => plan.Sft!, Sft)
        .Section("preference", plan => plan.Preference!, Preference)
        .Section("grpo", plan => plan.Grpo!, GrpoSchema.Section)
        .Section("lora", plan => plan.Lora!, Lora)
        .Section("training", plan => plan.Training, Batching, isRequired: true)
        .Section("optimizer", plan => plan.Optimizer, Optimizer, isRequired: true)
        .Section("evaluation", plan => plan.Evaluation, Evaluation)
        .Section("samples", plan => plan.Samples, Samples)
        .Section("checkpoints", plan => plan.Checkpoints, Checkpoints)
        .Section("safety", plan => plan.Safety, Safety)
        .Key("ignored_guidelines", plan => plan.IgnoredGuidelines, new PlanMap<string, IgnoredGuidelinesPlan>(
            PlanValue.Text, "GUIDELINE", ignored => ignored.Reasons, reasons => new([.. reasons]))
        {
            KnownNames = [.. PlanGuidelines.All.Select(one => one.Id)],
        },
            $"Reasons for not following guidelines: {string.Join(", ", PlanGuidelines.All.Select(guideline => guideline.Id))}.");

    private static PlanSection<CorpusSource> CorpusSources { get; } = new PlanSection<CorpusSource>(
        "A part of a corpus.", new("", ""))
        .Key("path", source => source.Path, PlanValue.Path,
            "File of text (blank lines between documents), JSON lines or Parquet, also compressed, or a folder of them.",
            isRequired: true)
        .Key("weight", source => source.Weight, PlanValue.Number,
            "Number of times that each training document is written (2.5 = twice, and half of them three times).",
            MoreThanUpTo(0, 100), "times")
        .Key("cap", source => source.CapBytes, PlanValue.Bytes,
            "Maximum size of the text that is kept, without duplicates.", AtLeast(1), "bytes")
        .Key("domain", source => source.Domain, PlanValue.Text, "Subject of the source, for reports.")
        .Key("text_field", source => source.TextField, PlanValue.Text,
            "Field of JSON or Parquet rows that has the text, such as data.text (default: the first of text, content, "
                + "raw_content, document).");

    /// <summary>The keys of a corpus plan.</summary>
    internal static PlanSection<CorpusOptions> Corpus { get; } = new PlanSection<CorpusOptions>(
        "A corpus to prepare, and its tokenizer.", new([], ""))
        .Key("tokenizer", PlanValue.Path, "Folder of the tokenizer.", isRequired: true)
        .Key("output", corpus => corpus.Output, PlanValue.Path, "Folder of the token shards to write.", isRequired: true)
        .Key("sources", corpus => corpus.Sources, new PlanMap<CorpusSource, IReadOnlyList<CorpusSource>>(
            CorpusSources, "NAME", sources => sources.Select(source => (source.Name, source)),
            named => [.. named.Select(one => one.Value with { Name = one.Name })]),
            "Parts of the corpus in reading order, each under a name of your choice.")
        .Key("validation_share", corpus => corpus.ValidationShare, PlanValue.Number,
            "Fraction of the documents held out for validation.", MoreThanUpTo(0, 0.5), "")
        .Key("minimum_characters", corpus => corpus.MinimumCharacters, PlanValue.Integer,
            "Exclude shorter documents (0 = keep all).", AtLeast(0), "UTF-16 code units")
        .Key("minimum_tokens", corpus => corpus.MinimumTokens, PlanValue.Integer,
            "Exclude documents of fewer tokens, not counting their begin and end (1 = exclude empty ones only).",
            AtLeast(1), "tokens")
        .Key("minimum_turkish", corpus => corpus.MinimumTurkish, PlanValue.Number,
            "Exclude documents with a lower Turkish score (default: keep every language).",
            Between(-1, 1), "")
        .Key("near_duplicates", corpus => corpus.NearDuplicateSimilarity, PlanValue.Number,
            "Exclude documents at least this similar to an earlier one (1 = keep near duplicates).", AtLeast(0.5), "")
        .Key("keep_duplicates", corpus => corpus.KeepDuplicates, PlanValue.Boolean,
            "Keep documents that equal an earlier one; needs near_duplicates: 1.")
        .Key("evaluation_files", corpus => corpus.EvaluationFiles, PlanValue.Paths,
            "Evaluation files (text, JSON, Parquet); documents that share overlap_words consecutive words with one are excluded.")
        .Key("overlap_words", corpus => corpus.OverlapWords, PlanValue.Integer,
            "Number of consecutive words that count as the same text.", AtLeast(3), "words")
        .Key("validation_overlap", corpus => corpus.ValidationOverlap, PlanValue.Number,
            "Exclude validation documents if at least this fraction of their word sequences is in training documents "
                + "(1 = keep all).",
            MoreThanUpTo(0, 1), "")
        .Key("invalid_text", corpus => corpus.InvalidText, PlanValue.Invalid,
            "Stop at documents that are not valid UTF-8 and at rows without text (refuse), or skip and count them.")
        .Key("pii", corpus => corpus.PersonalData, PlanValue.PersonalData,
            "Keep personal data, mask it with placeholders, or drop documents with it. Found: e-mail addresses, telephone, "
                + "identity, tax and card numbers, and Turkish IBANs.")
        .Key("pii_ip_addresses", corpus => corpus.FindIpAddresses, PlanValue.Boolean,
            "With pii mask or drop: also find IPv4 addresses, which look like versions of four parts.")
        .Key("seed", corpus => corpus.Seed, PlanValue.Count, "Seed of the choice of documents by caps and weights.", unit: "")
        .Key("tokens_per_shard", corpus => corpus.TokensPerShard, PlanValue.Count,
            "Maximum size of a shard; a document is never split.", AtLeast(1), "tokens");

    /// <summary>All keys of a training plan with their dotted names, in the order of the file.</summary>
    public static IReadOnlyList<(string Path, PlanKey Key)> Keys { get; } = [.. Root.GetKeys(null)];

    /// <summary>All keys of a corpus plan with their dotted names, in the order of the file.</summary>
    public static IReadOnlyList<(string Path, PlanKey Key)> CorpusKeys { get; } = [.. Corpus.GetKeys(null)];

    private static JsonObject Require(string key) => new() { ["required"] = new JsonArray(key) };
}
