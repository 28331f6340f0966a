using System.Security.Cryptography;
using TurkishLlm.Data.Batches;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Data;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Spec.Plans;

/// <summary>
/// A tokenizer with the first merges of a run's tokenizer, and the first documents of its shards encoded with it. Requirements
/// that train small models read these, because most of the time of such a model is spent on the logits of a large vocabulary.
/// </summary>
internal static class SmallVocabulary
{
    /// <summary>Maximum number of tokens: that of the reference plan.</summary>
    public const int MaximumSize = 2048;

    private const int DocumentTokenCount = 1 << 14;

    /// <summary>Number of merges that are removed; 0 if the vocabulary is small already.</summary>
    public static int CountRemovedMerges(Tokenizer tokenizer) =>
        Math.Clamp(tokenizer.VocabularySize - MaximumSize, 0, tokenizer.Merges.Count);

    /// <summary>Writes tokenizer and shards to a folder and returns the plan that reads them, for training on text.</summary>
    public static TrainingPlan Create(RunConditions at, string folder)
    {
        var removed = CountRemovedMerges(at.Tokenizer);
        var tokenizer = new Tokenizer(
            at.Tokenizer.Split, [.. at.Tokenizer.Merges.SkipLast(removed)], at.Tokenizer.AddedTokens);
        var data = new DataPlan(Path.Combine(folder, "tokenizer"), Path.Combine(folder, "shards"));
        tokenizer.Save(data.Tokenizer);
        Directory.CreateDirectory(data.Shards);
        ManifestShard[] shards =
            [.. Enum.GetValues<DataSplit>().Select(split => WriteShard(at, tokenizer, data.Shards, split))];
        var manifest = ShardManifest.Read(at.Data.DirectoryPath) with
        {
            TokenizerHash = tokenizer.Hash, VocabularySize = tokenizer.VocabularySize, Shards = shards,
        };
        manifest.Write(data.Shards);
        return at.TextPlan with { Model = at.Plan.Model.With(vocabSize: at.Plan.Model.VocabSize - removed), Data = data };
    }

    private static ManifestShard WriteShard(RunConditions at, Tokenizer tokenizer, string folder, DataSplit split)
    {
        var file = split == DataSplit.Train ? "train.tokens" : "validation.tokens";
        var path = Path.Combine(folder, file);
        var tokens = DocumentTokens.ReadFirstTokens(at.Data.GetSplit(split), DocumentTokenCount);
        var documents = DocumentTokens.SplitDocuments([.. tokens, SpecialTokens.EndOfText]).ToArray();
        using (var writer = new ShardWriter(path, split, tokenizer.Hash, tokenizer.VocabularySize))
        {
            foreach (var ids in documents)
                writer.Append([SpecialTokens.BeginOfText, .. Encode(ids), SpecialTokens.EndOfText]);
            writer.Complete();
        }
        var bytes = File.ReadAllBytes(path);
        var count = (bytes.Length - ShardHeader.Length) / ShardHeader.BytesPerToken;
        return new(file, split, count, documents.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)));

        IReadOnlyList<int> Encode(ushort[] ids) => tokenizer.EncodeToIds(at.Tokenizer.Decode(ids.Select(id => (int)id)));
    }
}
