using TurkishLlm.Data.FineTuning;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Lora;
using TurkishLlm.Plans.Guidelines;

namespace TurkishLlm.Plans;

/// <summary>Reads a plan: which keys there are, of which kind, and what they are when left out.</summary>
/// <param name="document">The text and its overrides.</param>
/// <param name="directory">What relative paths are relative to; null leaves them as they are.</param>
internal sealed class PlanReader(PlanDocument document, string? directory)
{
    /// <exception cref="ConfigurationException">The plan cannot be used; tells all problems.</exception>
    public TrainingPlan Read()
    {
        var root = new PlanSection(document, document.Root, key: null, at: null);
        var name = root.GetRequired("name", PlanValue.Text) ?? "";
        var run = root.GetOptional("run", PlanValue.Text, "runs/{name}");
        var seed = root.GetOptional("seed", PlanValue.Count, 1234);
        var device = root.GetOptional("device", PlanValue.Device, default);
        var compute = root.GetOptional("compute_dtype", PlanValue.Compute, ComputeType.Float32);
        var threads = root.GetOptional("threads", PlanValue.Integer, 0);
        var logEvery = root.GetOptional("log_every", PlanValue.Count, 10);
        var model = ReadModel(root.GetSection("model"));
        var data = ReadData(root.GetSection("data"));
        var start = ReadWarmStart(root.GetSection("warm_start"));
        var sft = ReadSft(root.GetSection("sft"));
        var preference = ReadPreference(root.GetSection("preference"));
        var lora = ReadLora(root.GetSection("lora"));
        var training = ReadBatching(root.GetSection("training"));
        var optimizer = ReadOptimizer(root.GetSection("optimizer"));
        var evaluation = ReadEvaluation(root.GetSection("evaluation"));
        var samples = ReadSamples(root.GetSection("samples"));
        var checkpoints = ReadCheckpoints(root.GetSection("checkpoints"));
        var safety = ReadSafety(root.GetSection("safety"));
        var ignored = ReadIgnoredGuidelines(root.GetSection("ignored_guidelines"));
        root.ReportKeyProblems();

        var plan = new TrainingPlan
        {
            Name = name,
            RunFolder = ResolveRunFolder(run, name),
            Model = model ?? ModelConfig.V1.With(maxSeqLen: int.MaxValue),
            Data = data,
            Training = training,
            Optimizer = optimizer,
            Evaluation = evaluation,
            Samples = samples,
            Checkpoints = checkpoints,
            Safety = safety,
            IgnoredGuidelines = ignored,
            WarmStart = start,
            Sft = sft,
            Preference = preference,
            Lora = lora,
            Device = device,
            ComputeType = compute,
            Threads = threads,
            Seed = seed,
            LogEvery = logEvery,
        };
        foreach (var problem in plan.FindProblems()) document.Report(problem);
        document.ThrowIfInvalid();
        return plan;
    }

    private ModelConfig? ReadModel(PlanSection section)
    {
        ModelPreset? named = section.Has("preset") ? section.GetRequired("preset", PlanValue.Preset) : null;
        var preset = named switch
        {
            ModelPreset.V1 => ModelConfig.V1,
            ModelPreset.V2 => ModelConfig.V2,
            ModelPreset.Toy => ModelConfig.Toy(ModelConfig.MinVocabSize),
            _ => null,
        };

        int Size(string key, int? ofPreset) =>
            ofPreset is { } size ? section.GetOptional(key, PlanValue.Integer, size) : section.GetRequired(key, PlanValue.Integer);

        var (vocab, width, layers) = (Size("vocab_size", named == ModelPreset.Toy ? null : preset?.VocabSize), Size("d_model", preset?.DModel), Size("n_layers", preset?.NLayers));
        var (heads, kvHeads) = (Size("n_heads", preset?.NHeads), Size("n_kv_heads", preset?.NKvHeads));
        var (inner, length) = (Size("d_ff", preset?.DFf), Size("max_seq_len", preset?.MaxSeqLen));
        var dropout = section.GetOptional("dropout", PlanValue.Number, preset?.Dropout ?? 0);
        var tied = section.GetOptional("weight_tying", PlanValue.Boolean, preset?.TieEmbeddings ?? true);
        var eps = section.GetOptional("norm_eps", PlanValue.Number, preset?.NormEps ?? ModelConfig.V1.NormEps);
        section.ReportKeyProblems();

        try
        {
            return new(vocab, width, layers, heads, kvHeads, inner, length, dropout, tied, eps);
        }
        catch (ConfigurationException error)
        {
            foreach (var problem in error.Problems)
                document.Report(new(problem.Message, [.. problem.Keys.Select(key => $"model.{key}"), "model.preset"]));
            return null;
        }
    }

    private DataPlan ReadData(PlanSection section)
    {
        var data = new DataPlan(
            Resolve(section.GetRequired("tokenizer", PlanValue.Text)),
            Resolve(section.GetRequired("shards", PlanValue.Text)));
        section.ReportKeyProblems();
        return data;
    }

    private WarmStartPlan? ReadWarmStart(PlanSection section)
    {
        if (!section.Exists) return null;
        var start = new WarmStartPlan(
            Resolve(section.GetRequired("checkpoint", PlanValue.Text)),
            section.GetOptional("step", PlanValue.Count, 0),
            section.GetOptional("keep_optimizer", PlanValue.Boolean, false))
        {
            GrowVocabulary = section.GetOptional("grow_vocabulary", PlanValue.Boolean, false),
        };
        section.ReportKeyProblems();
        return start;
    }

    private SftPlan? ReadSft(PlanSection section)
    {
        if (!section.Exists) return null;
        var sources = section.GetSection("sources");
        var standard = new SftPlan([]);
        var sft = new SftPlan([.. sources.GetKeys().Select(name => ReadSource(name, sources.GetSection(name)))])
        {
            Gold = [.. section.GetOptional("gold", PlanValue.Texts, standard.Gold).Select(Resolve)],
            ValidationShare = section.GetOptional("validation_share", PlanValue.Number, standard.ValidationShare),
            System = section.Has("system") ? section.GetRequired("system", PlanValue.Text) : null,
            Supervise = section.GetOptional("supervise", PlanValue.Supervise, standard.Supervise),
            ExcessLength = section.GetOptional("excess_length", PlanValue.ExcessLength, standard.ExcessLength),
            SkipInvalid = section.GetOptional("skip_invalid", PlanValue.Boolean, standard.SkipInvalid),
            Packing = section.GetOptional("packing", PlanValue.Boolean, standard.Packing),
            TextShare = section.GetOptional("text_share", PlanValue.Number, standard.TextShare),
        };
        section.ReportKeyProblems();
        return sft;
    }

    private SftSource ReadSource(string name, PlanSection section)
    {
        var source = new SftSource(
            name, Resolve(section.GetRequired("path", PlanValue.Text)),
            section.GetOptional("weight", PlanValue.Number, 1),
            section.GetOptional("input_is_context", PlanValue.Boolean, false));
        section.ReportKeyProblems();
        return source;
    }

    private PreferencePlan? ReadPreference(PlanSection section)
    {
        if (!section.Exists) return null;
        var preference = new PreferencePlan([.. section.GetRequired("files", PlanValue.Texts)?.Select(Resolve) ?? []], ReadObjective(section))
        {
            Gold = [.. section.GetOptional("gold", PlanValue.Texts, []).Select(Resolve)],
            ValidationShare = section.GetOptional("validation_share", PlanValue.Number, 0.1),
            System = section.Has("system") ? section.GetRequired("system", PlanValue.Text) : null,
            SkipInvalid = section.GetOptional("skip_invalid", PlanValue.Boolean, false),
        };
        section.ReportKeyProblems();
        return preference;
    }

    private PreferenceObjectivePlan ReadObjective(PlanSection section)
    {
        if (section.Has("dpo") == section.Has("orpo"))
            document.Report(new(
                section.Has("dpo") ? "preference has both dpo and orpo. Leave one of them out." : "preference has neither dpo nor orpo. Add dpo: {beta: 0.1} or orpo: {lambda: 0.1}.", "preference"));
        var (dpo, orpo) = (section.GetSection("dpo"), section.GetSection("orpo"));
        PreferenceObjectivePlan objective = orpo.Exists
            ? new OrpoPlan(orpo.GetOptional("lambda", PlanValue.Number, new OrpoPlan().Lambda))
            : new DpoPlan(
                dpo.GetOptional("beta", PlanValue.Number, new DpoPlan().Beta), dpo.GetOptional("label_smoothing", PlanValue.Number, new DpoPlan().LabelSmoothing));
        dpo.ReportKeyProblems();
        orpo.ReportKeyProblems();
        return objective;
    }

    private LoraConfig? ReadLora(PlanSection section)
    {
        if (!section.Exists) return null;
        var (rank, alpha) = (section.GetRequired("rank", PlanValue.Integer), section.GetRequired("alpha", PlanValue.Number));
        var (dropout, targets) = (section.GetOptional("dropout", PlanValue.Number, 0), section.GetOptional("targets", PlanValue.Targets, LoraConfig.AllTargets));
        section.ReportKeyProblems();
        try
        {
            return new(rank, alpha, dropout, targets);
        }
        catch (ConfigurationException error)
        {
            foreach (var problem in error.Problems) document.Report(new($"lora.{problem.Message}", [.. problem.Keys.Select(key => $"lora.{key}")]));
            return null;
        }
    }

    private static BatchingPlan ReadBatching(PlanSection section)
    {
        double? epochs = section.Has("epochs") ? section.GetRequired("epochs", PlanValue.Number) : null;
        var training = new BatchingPlan(
            epochs is null ? section.GetRequired("steps", PlanValue.Count) : section.GetOptional("steps", PlanValue.Count, 0),
            section.GetRequired("micro_batch_size", PlanValue.Integer),
            section.GetRequired("sequence_length", PlanValue.Integer),
            section.GetOptional("accumulation_steps", PlanValue.Integer, 1))
        {
            Epochs = epochs,
        };
        section.ReportKeyProblems();
        return training;
    }

    private static OptimizerPlan ReadOptimizer(PlanSection section)
    {
        double? share = section.Has("warmup_ratio") ? section.GetRequired("warmup_ratio", PlanValue.Number) : null;
        var optimizer = new OptimizerPlan(
            section.GetRequired("learning_rate", PlanValue.Number),
            section.GetRequired("minimum_learning_rate", PlanValue.Number),
            share is null ? section.GetRequired("warmup_steps", PlanValue.Count) : section.GetOptional("warmup_steps", PlanValue.Count, 0));
        optimizer = optimizer with
        {
            WarmupRatio = share,
            LearningRateMultipliers = ReadLearningRateMultipliers(section.GetSection("learning_rate_multipliers")),
            Freeze = new(section.GetOptional("freeze", PlanValue.Texts, [])),
            Schedule = section.GetOptional("schedule", PlanValue.Schedule, optimizer.Schedule),
            Beta1 = section.GetOptional("beta1", PlanValue.Number, optimizer.Beta1),
            Beta2 = section.GetOptional("beta2", PlanValue.Number, optimizer.Beta2),
            Epsilon = section.GetOptional("epsilon", PlanValue.Number, optimizer.Epsilon),
            WeightDecay = section.GetOptional("weight_decay", PlanValue.Number, optimizer.WeightDecay),
            GradientClip = section.GetOptional("gradient_clip", PlanValue.Number, optimizer.GradientClip),
        };
        section.ReportKeyProblems();
        return optimizer;
    }

    private static LearningRateMultipliers ReadLearningRateMultipliers(PlanSection section)
    {
        var rates = new LearningRateMultipliers(
            section.GetOptional("embedding", PlanValue.Number, 1),
            section.GetOptional("matrices", PlanValue.Number, 1),
            section.GetOptional("norms", PlanValue.Number, 1),
            section.GetOptional("head", PlanValue.Number, 1));
        section.ReportKeyProblems();
        return rates;
    }

    private static EvaluationPlan ReadEvaluation(PlanSection section)
    {
        var standard = new EvaluationPlan();
        var evaluation = new EvaluationPlan(
            section.GetOptional("every", PlanValue.Count, standard.Every),
            section.GetOptional("windows", PlanValue.Integer, standard.Windows),
            section.GetOptional("patience", PlanValue.Integer, standard.Patience));
        section.ReportKeyProblems();
        return evaluation;
    }

    private static SamplePlan ReadSamples(PlanSection section)
    {
        var standard = new SamplePlan();
        var samples = new SamplePlan
        {
            Every = section.GetOptional("every", PlanValue.Count, standard.Every),
            Prompts = section.GetOptional("prompts", PlanValue.Texts, standard.Prompts),
            MaxTokens = section.GetOptional("max_tokens", PlanValue.Integer, standard.MaxTokens),
            Temperature = section.GetOptional("temperature", PlanValue.Number, standard.Temperature),
            TopK = section.GetOptional("top_k", PlanValue.Integer, standard.TopK),
        };
        section.ReportKeyProblems();
        return samples;
    }

    private static CheckpointPlan ReadCheckpoints(PlanSection section)
    {
        var standard = new CheckpointPlan();
        var checkpoints = new CheckpointPlan(
            section.GetOptional("every", PlanValue.Count, standard.Every),
            section.GetOptional("keep_last", PlanValue.Integer, standard.KeepLast),
            section.GetOptional("keep_best", PlanValue.Boolean, standard.KeepBest));
        section.ReportKeyProblems();
        return checkpoints;
    }

    private static SafetyPlan ReadSafety(PlanSection section)
    {
        var standard = new SafetyPlan();
        var safety = new SafetyPlan
        {
            OnDivergence = section.GetOptional("on_divergence", PlanValue.DivergenceAction, standard.OnDivergence),
            OnSpike = section.GetOptional("on_spike", PlanValue.DivergenceAction, standard.OnSpike),
            SpikeZScore = section.GetOptional("spike_zscore", PlanValue.Number, standard.SpikeZScore),
            SpikeWindow = section.GetOptional("spike_window", PlanValue.Integer, standard.SpikeWindow),
            MaxRefusedBatches = section.GetOptional("max_refused_batches", PlanValue.Integer, standard.MaxRefusedBatches),
            StallWarningFactor = section.GetOptional("stall_warning_factor", PlanValue.Number, standard.StallWarningFactor),
            StallStopFactor = section.GetOptional("stall_stop_factor", PlanValue.Number, standard.StallStopFactor),
        };
        section.ReportKeyProblems();
        return safety;
    }

    private static IgnoredGuidelinesPlan ReadIgnoredGuidelines(PlanSection section) =>
        new([.. section.GetKeys().Select(decision => (decision, section.GetRequired(decision, PlanValue.Text) ?? ""))]);

    private string ResolveRunFolder(string run, string name)
    {
        var folder = run.Replace("{name}", name, StringComparison.Ordinal);
        if (folder.AsSpan().ContainsAny('{', '}'))
            document.Report(new($"run is {run}; only {{name}} can stand in braces.", "run"));
        return Resolve(folder);
    }

    private string Resolve(string? path) =>
        path is null ? "" : directory is null || path.Length == 0 ? path : Path.GetFullPath(path, directory);
}
