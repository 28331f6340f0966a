using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Formats.Gguf;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Gguf;
using TurkishLlm.Spec.Model;
using TurkishLlm.Spec.Oracles.Training;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Spec.Tokenization;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Foreign;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>A model with a vocabulary of another program.</summary>
/// <param name="Vocabulary">The vocabulary.</param>
/// <param name="Model">The sizes; those of the vocabulary are the vocabulary's.</param>
public sealed record ImportCase(ForeignVocabularyCase Vocabulary, ModelCase Model);

/// <summary>Moves the rows of a model to the order of this program.</summary>
/// <param name="original">The weights in the order of the original.</param>
/// <param name="conversion">Which id is which.</param>
public delegate ParameterTable MoveRows(ParameterTable original, VocabularyConversion conversion);

/// <summary>Logits and losses of an imported model.</summary>
/// <param name="Logits">Logits of ids, <c>[b, t, vocabulary]</c>.</param>
/// <param name="LossSum">Sum of the losses of ids and targets.</param>
public sealed record ImportedHead(Func<Tensor, Tensor> Logits, Func<Tensor, Tensor, Tensor> LossSum);

/// <summary>Export of an imported model for other programs, and its import.</summary>
/// <param name="Write">Writes the model to a folder.</param>
/// <param name="Read">Reads weights and vocabulary of that folder.</param>
public sealed record ImportedExchange(
    Action<ImportedModel, string> Write, Func<string, (ParameterTable Weights, ForeignVocabulary Vocabulary)> Read);

/// <summary>Weights of models with a vocabulary of another program: IMP-02, IMP-03 and IMP-04.</summary>
public static class ImportSpec
{
    private static readonly ModelCase Tied = new(Width: 32, 2, Heads: 4, KeyValueHeads: 2, Inner: 56, Batch: 2, Time: 9);

    private static readonly ModelCase Untied = new(
        Width: 48, 1, Heads: 2, KeyValueHeads: 1, Inner: 72, Batch: 3, Time: 7, Tied: false, Vocabulary: 307, Dropout: 0.1);

    private static readonly ImportCase[] Cases =
    [
        new(ForeignVocabularySpec.Cases[0], Tied), new(ForeignVocabularySpec.Cases[1], Untied),
        new(ForeignVocabularySpec.Cases[2], Untied),
    ];

    public static readonly Requirement<ImportCase, MoveRows> IMP_02_Rows = new()
    {
        Id = "IMP-02",
        Statement = "An imported model has every row of the original's embedding and head, bit for bit, at the id that its token "
            + "has here, and all other weights unchanged; its logits are those of the original at the same tokens. An absent "
            + "begin of text has the row of the end of text.",
        Source = "BUG-TIE-06: the embedding moves and the head does not; TOL-MODEL",
        CanonicalCases = [.. Cases.Select(c => c with { Model = c.Model with { Tied = false } })],
        Subject = (_, _) => Move,
        Holds = (move, c, at) =>
        {
            using var scope = NewDisposeScope();
            using var grad = no_grad();
            var conversion = VocabularyConversion.Create(c.Vocabulary.Create(at), "m");
            using var original = Draw(c, conversion, at);
            using var moved = move(original, conversion);
            var rows = original.Names.SelectMany(name => CompareRows(name, original, moved, conversion));
            var stored = Verdict.All(rows);
            return stored.Holds ? CompareLogits(c, original, moved, conversion, at) : stored;
        },
        Impostors = new()
        {
            ["moves the embedding only"] = (_, _) => (original, conversion) => Mix(original, conversion, head: Enlarge),
            ["moves the head only"] = (_, _) => (original, conversion) => Mix(original, conversion, embedding: Enlarge),
            ["moves the rows the other way"] = (_, _) => MoveBy(sources => Invert(sources)),
            ["shifts the rows by one"] = (_, _) => MoveBy(sources => [sources[^1], .. sources.SkipLast(1)]),
            ["appends new rows and moves none"] = (_, _) => MoveBy(sources =>
            {
                var old = sources.Max() + 1;
                return [.. sources.Select((_, id) => id < old ? id : VocabularyRows.NoSource)];
            }),
            ["swaps the begin and the end of text"] = (_, _) => (original, conversion) => MoveBy(sources =>
                sources[0] == sources[1]
                    ? [sources[0], sources[16], .. sources.Skip(2)]
                    : [sources[1], sources[0], .. sources.Skip(2)])(original, conversion),
            ["rounds to bfloat16 on the way"] = (_, _) => (original, conversion) =>
            {
                using var moved = Move(original, conversion);
                return moved.CreateLike(name => moved[name].detach().to(bfloat16).to(float32));
            },
        },
    };

    public static readonly Requirement<ImportCase, ImportedHead> IMP_03_Softmax = new()
    {
        Id = "IMP-03",
        Statement = "Tokens that the original lacks have the logit −∞ in an imported model and no part in the loss: each loss is "
            + "that of the original. An absent begin of text is the end of text as a target.",
        Source = "Definition of the softmax; TOL-LOSS, TOL-MODEL",
        CanonicalCases = Cases,
        Subject = (c, at) => Head(c, at, config => config),
        Holds = (head, c, at) =>
        {
            using var scope = NewDisposeScope();
            using var grad = no_grad();
            var conversion = VocabularyConversion.Create(c.Vocabulary.Create(at), "m");
            using var original = Draw(c, conversion, at);
            using var model = new LanguageModel(original, at.ComputeType);
            var (ids, targets) = (DrawIds(c, conversion, at, 3), DrawIds(c, conversion, at, 4));
            targets[0, 0] = tensor(0L, device: at.Device);
            var sources = tensor(conversion.Sources.Select(source => (long)source).ToArray(), int64).to(at.Device);
            var theirs = model.Forward(sources.index_select(0, ids.view(-1)).view(ids.shape));
            var expected = CrossEntropy.ComputePerToken(theirs, sources.index_select(0, targets.view(-1)).view(targets.shape));
            var logits = head.Logits(ids);
            var absent = tensor(conversion.AbsentIds.Select(id => (long)id).ToArray(), int64).to(at.Device);
            var largest = theirs.abs().max().ToDouble();
            var allowed = ids.numel() * (Tolerance.Loss(ScalarType.Float32, c.Size(conversion), largest)
                + 2 * c.Model.Allowed(at) * largest);
            return Verdict.All(
            [
                Verdict.Equal(
                    double.NegativeInfinity, logits.index_select(-1, absent).max().ToDouble(), "largest logit of absent tokens"),
                Verdict.AtMost(
                    allowed, Math.Abs(head.LossSum(ids, targets).ToDouble() - expected.sum().ToDouble()),
                    "difference of losses, nats"),
                Verdict.AtMost(
                    allowed, Math.Abs(logits.to(float64).logsumexp(-1).sum().ToDouble()
                        - theirs.to(float64).logsumexp(-1).sum().ToDouble()),
                    "difference of log-sum-exp, nats"),
            ]);
        },
        Impostors = new()
        {
            ["absent tokens take part in the softmax"] = (c, at) =>
                Head(c, at, config => config.With(absentTokens: default(AbsentTokens))),
            ["absent tokens have the logit 0"] = (c, at) => Head(c, at, config => config) is var head
                ? head with { Logits = ids => head.Logits(ids).masked_fill(head.Logits(ids).isinf(), 0) }
                : head,
            ["absent tokens take part in the loss only"] = (c, at) => Head(c, at, config => config) with
            {
                LossSum = Head(c, at, config => config.With(absentTokens: default(AbsentTokens))).LossSum,
            },
            ["another token is absent"] = (c, at) => Head(c, at, config => config.With(
                absentTokens: new AbsentTokens([.. config.AbsentTokens.Ids.SkipLast(1), .. FindPresent(config)]))),
            ["loses the target of the begin of text"] = (c, at) => Head(c, at, config => config) is var head
                ? head with
                {
                    LossSum = (ids, targets) => head.LossSum(ids, targets.masked_fill(targets.eq(0), CrossEntropy.IgnoreIndex)),
                }
                : head,
        },
    };

    public static readonly Requirement<ImportCase, ImportedExchange> IMP_04_RoundTrip = new()
    {
        Id = "IMP-04",
        Statement = "An imported model, exported as GGUF and imported again, is the same: the file has the tokens, merges and "
            + "special ids of the original in its order and its weights bit for bit, without rows for absent tokens.",
        Source = "ggml, docs/gguf.md, \"Tokenizer\"",
        CanonicalCases = [.. Cases.Take(2)],
        Subject = (_, _) => RealExchange,
        Holds = (exchange, c, at) =>
        {
            using var folder = new WeightFile();
            var vocabulary = c.Vocabulary.Create(at);
            var conversion = VocabularyConversion.Create(vocabulary, "m");
            using var original = Draw(c, conversion, at);
            using var imported = ImportedModel.Convert(original, vocabulary, "m");
            exchange.Write(imported, folder["out"]);
            var file = GgufOracle.Read(Path.Combine(folder["out"], GgufModel.FileName));
            var stored = Verdict.All(CompareFile(vocabulary, original, file));
            if (!stored.Holds) return stored;
            var (weights, again) = exchange.Read(folder["out"]);
            using var back = weights;
            using var second = ImportedModel.Convert(back, again, "m");
            return Verdict.All(
            [
                Verdict.Equal(imported.Tokenizer.Hash, second.Tokenizer.Hash, "tokenizer"),
                Verdict.Equal(imported.Weights.Config, second.Weights.Config, "configuration"),
                .. imported.Weights.Names.Select(name => Verdict.SameElements(
                    WeightFile.ToFloats(imported.Weights[name]), WeightFile.ToFloats(second.Weights[name]), name)),
            ]);
        },
        Impostors = new()
        {
            ["writes the rows in the order of this program"] = (_, _) => RealExchange with
            {
                Write = (model, folder) => WriteWith(model, folder, model.Weights.CopyTo(CPU), model.Vocabulary),
            },
            ["leaves rows for absent tokens"] = (_, _) => RealExchange with
            {
                Write = (model, folder) =>
                {
                    using var restored = ImportedModel.Restore(model.Weights, model.Vocabulary);
                    WriteWith(
                        model, folder,
                        EmbeddingResizer.ResizeTokenEmbeddings(
                            restored, restored.Config.With(vocabSize: model.Weights.Config.VocabSize), seed: 0),
                        model.Vocabulary);
                },
            },
            ["writes the merges of this program's ids"] = (_, _) => RealExchange with
            {
                Write = (model, folder) => WriteWith(
                    model, folder, ImportedModel.Restore(model.Weights, model.Vocabulary),
                    model.Vocabulary with { Merges = [.. model.Vocabulary.Merges.Reverse()] }),
            },
            ["writes special tokens as text"] = (_, _) => RealExchange with
            {
                Write = (model, folder) => WriteWith(
                    model, folder, ImportedModel.Restore(model.Weights, model.Vocabulary),
                    model.Vocabulary with { Kinds = [.. model.Vocabulary.Kinds.Select(_ => ForeignTokenKind.Text)] }),
            },
            ["ends a text with this program's id"] = (_, _) => RealExchange with
            {
                Write = (model, folder) => WriteWith(
                    model, folder, ImportedModel.Restore(model.Weights, model.Vocabulary),
                    model.Vocabulary with
                    {
                        SpecialIds = model.Vocabulary.SpecialIds.ToDictionary(
                            entry => entry.Key, entry => entry.Key == SpecialTokens.EndOfText ? 1 : entry.Value),
                    }),
            },
            ["imports the tokens in the order of the file"] = (_, _) => RealExchange with
            {
                Read = folder =>
                {
                    var (weights, vocabulary) = RealExchange.Read(folder);
                    return (weights, vocabulary with
                    {
                        Tokens = [vocabulary.Tokens[1], vocabulary.Tokens[0], .. vocabulary.Tokens.Skip(2)],
                        Kinds = [vocabulary.Kinds[1], vocabulary.Kinds[0], .. vocabulary.Kinds.Skip(2)],
                    });
                },
            },
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [IMP_02_Rows, IMP_03_Softmax, IMP_04_RoundTrip];

    private static ImportedExchange RealExchange => new(
        (model, folder) => WriteWith(
            model, folder, ImportedModel.Restore(model.Weights, model.Vocabulary), model.Vocabulary),
        folder =>
        {
            using var file = GgufFile.Open(Path.Combine(folder, GgufModel.FileName));
            return (GgufWeights.Load(file, RefactArchitecture.Read(file), CPU), GgufVocabulary.Read(file));
        });

    private static void WriteWith(ImportedModel model, string folder, ParameterTable weights, ForeignVocabulary vocabulary)
    {
        using var disposed = weights;
        Directory.CreateDirectory(folder);
        var metadata = new GgufMetadata("m.gguf");
        GgufVocabulary.Write(metadata, vocabulary);
        GgufWeights.Save(Path.Combine(folder, GgufModel.FileName), weights, metadata, GgufTensorType.F32);
    }

    private static ParameterTable Move(ParameterTable original, VocabularyConversion conversion) =>
        VocabularyRows.ToOwnOrder(original, conversion.Sources, new AbsentTokens(conversion.AbsentIds));

    private static MoveRows MoveBy(Func<IReadOnlyList<int>, IReadOnlyList<int>> change) => (original, conversion) =>
        VocabularyRows.ToOwnOrder(original, change(conversion.Sources), new AbsentTokens(conversion.AbsentIds));

    // The real rows, except those of one matrix.
    private static ParameterTable Mix(
        ParameterTable original, VocabularyConversion conversion, Func<Tensor, long, Tensor>? embedding = null,
        Func<Tensor, long, Tensor>? head = null)
    {
        using var moved = Move(original, conversion);
        return moved.CreateLike(name =>
        {
            var change = name == "embed_tokens.weight" ? embedding : name == "lm_head.weight" ? head : null;
            return change?.Invoke(original[name].detach(), moved.Config.VocabSize) ?? moved[name].detach().clone();
        });
    }

    private static Tensor Enlarge(Tensor rows, long count) => cat([rows, rows.narrow(0, 0, count - rows.size(0))], 0);

    private static int[] Invert(IReadOnlyList<int> sources)
    {
        var inverse = Enumerable.Repeat(VocabularyRows.NoSource, sources.Count).ToArray();
        for (var id = 0; id < sources.Count; id++)
            if (sources[id] != VocabularyRows.NoSource && id < sources.Max() + 1) inverse[sources[id]] = id;
        return inverse;
    }

    private static int Size(this ImportCase c, VocabularyConversion conversion) =>
        conversion.Sources.Count - conversion.AbsentIds.Count;

    private static ParameterTable Draw(ImportCase c, VocabularyConversion conversion, Conditions at) =>
        ModelCase.Weights(c.Model.Config.With(vocabSize: c.Size(conversion)), at);

    private static Tensor DrawIds(ImportCase c, VocabularyConversion conversion, Conditions at, long salt)
    {
        long[] present = [.. Enumerable.Range(0, conversion.Sources.Count)
            .Where(id => !conversion.AbsentIds.Contains(id)).Select(id => (long)id)];
        return tensor(present, int64).to(at.Device)
            .index_select(0, at.Ids(salt, present.Length, c.Model.Batch * c.Model.Time)).view(c.Model.Batch, c.Model.Time);
    }

    private static IEnumerable<int> FindPresent(ModelConfig config) =>
        Enumerable.Range(2, 14).Where(id => !config.AbsentTokens.Contains(id)).Take(1);

    private static ImportedHead Head(ImportCase c, Conditions at, Func<ModelConfig, ModelConfig> change)
    {
        var conversion = VocabularyConversion.Create(c.Vocabulary.Create(at), "m");
        ParameterTable Import()
        {
            using var original = Draw(c, conversion, at);
            using var moved = Move(original, conversion);
            return ParameterTable.Create(change(moved.Config), (name, _) => moved[name].detach().clone());
        }

        Tensor Run(Func<LanguageModel, Tensor> compute)
        {
            using var weights = Import();
            using var model = new LanguageModel(weights, at.ComputeType);
            return compute(model);
        }

        return new(
            ids => Run(model => model.Forward(ids)),
            (ids, targets) => Run(model => model.ComputeLossSum(ids, targets)));
    }

    private static IEnumerable<Verdict> CompareRows(
        string name, ParameterTable original, ParameterTable moved, VocabularyConversion conversion)
    {
        var (old, now) = (original[name], moved[name]);
        if (name is not ("embed_tokens.weight" or "lm_head.weight"))
            return [Verdict.AtMost(0, now.LargestDifference(old), $"change of {name}")];
        var ids = conversion.Sources.Index().Where(source => source.Item != VocabularyRows.NoSource).ToArray();
        var here = now.index_select(0, tensor(ids.Select(id => (long)id.Index).ToArray(), int64).to(now.device));
        var there = old.index_select(0, tensor(ids.Select(id => (long)id.Item).ToArray(), int64).to(now.device));
        return
        [
            Verdict.Equal<long>(conversion.Sources.Count, now.size(0), $"rows of {name}"),
            Verdict.AtMost(0, here.LargestDifference(there), $"change of the rows of {name}"),
        ];
    }

    // Bit for bit on the CPU; on other devices the number of columns may choose another kernel.
    private static Verdict CompareLogits(
        ImportCase c, ParameterTable original, ParameterTable moved, VocabularyConversion conversion, Conditions at)
    {
        using var theirs = new LanguageModel(original, at.ComputeType);
        using var ours = new LanguageModel(moved, at.ComputeType);
        var ids = DrawIds(c, conversion, at, 5);
        var sources = tensor(conversion.Sources.Select(source => (long)source).ToArray(), int64).to(at.Device);
        var expected = theirs.Forward(sources.index_select(0, ids.view(-1)).view(ids.shape));
        var present = tensor(
            Enumerable.Range(0, conversion.Sources.Count).Where(id => !conversion.AbsentIds.Contains(id))
                .Select(id => (long)id).ToArray(), int64).to(at.Device);
        var found = ours.Forward(ids).index_select(-1, present);
        var allowed = at.Device.type == DeviceType.CPU ? 0 : c.Model.Allowed(at) * expected.abs().max().ToDouble();
        return Verdict.AtMost(
            allowed, found.LargestDifference(expected.index_select(-1, sources.index_select(0, present))),
            "difference of logits");
    }

    private static IEnumerable<Verdict> CompareFile(ForeignVocabulary vocabulary, ParameterTable original, GgufOracle file)
    {
        T[] List<T>(string key) => [.. (file.Metadata.GetValueOrDefault($"tokenizer.ggml.{key}") as object[] ?? []).Cast<T>()];
        yield return Verdict.SameElements(vocabulary.Tokens, List<string>("tokens"), "token");
        yield return Verdict.SameElements(vocabulary.Merges, List<string>("merges"), "merge");
        yield return Verdict.SameElements(
            [
                .. vocabulary.Kinds.Select(kind =>
                    kind == ForeignTokenKind.Special ? 3 : kind == ForeignTokenKind.Unused ? 5 : 1),
            ],
            List<int>("token_type"), "type of token");
        yield return Verdict.Equal(
            vocabulary.Split.LlamaCppName ?? "", file.Metadata.GetValueOrDefault("tokenizer.ggml.pre", "missing"), "split rule");
        foreach (var (own, key) in new[] { (0, "bos"), (1, "eos"), (2, "padding"), (3, "unknown"), (6, "eot") })
            yield return Verdict.Equal(
                vocabulary.SpecialIds.TryGetValue(own, out var id) ? (uint)id : (object)"none",
                file.Metadata.GetValueOrDefault($"tokenizer.ggml.{key}_token_id", "none"), $"id of {key}");
        foreach (var name in (string[])["embed_tokens.weight", "lm_head.weight", "norm.weight"])
            if (original.Names.Contains(name))
                yield return Verdict.SameElements(
                    WeightFile.ToFloats(original[name]),
                    [.. file.Tensors[GgufKeys.TensorName(name)].Values.Select(value => (float)value)], name);
    }
}
