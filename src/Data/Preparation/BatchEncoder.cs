using System.Runtime.InteropServices;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Data;

/// <summary>Judges and encodes documents one by one. Safe to use from many threads.</summary>
internal sealed class BatchEncoder(Tokenizer tokenizer, CorpusOptions options, EvaluationIndex evaluation)
{
    public EncodedBatch Encode(TextBatch text)
    {
        var batch = new EncodedBatch(text, evaluation.Files.Count);
        List<int> ids = [];
        foreach (var raw in text.Documents)
        {
            batch.Funnel.CountRead(raw.Utf8.Length);
            if (Add(raw, batch, ids) is { } reason) batch.Funnel.CountLeftOut(reason, raw.Utf8.Length);
        }
        return batch;
    }

    private LeftOutReason? Add(RawDocument raw, EncodedBatch batch, List<int> ids)
    {
        if (raw.InvalidAt is not null) return LeftOutReason.InvalidUtf8;
        var document = raw.Text();
        if (document.Length < options.MinimumCharacters) return LeftOutReason.TooFewCharacters;
        if (options.MinimumTurkish is { } least && TurkishScore.Of(document) < least) return LeftOutReason.NotTurkish;
        if (evaluation.FileOf(document) is >= 0 and var file)
        {
            batch.EvaluationHits[file]++;
            return LeftOutReason.EvaluationOverlap;
        }

        ids.Clear();
        tokenizer.EncodeToIds(document, ids);
        if (ids.Count < options.MinimumTokens) return LeftOutReason.TooFewTokens;

        Narrow(raw, ids, batch.Tokens);
        var runs = ValidationRuns.Sample(document, options.OverlapWords, batch.Runs);
        batch.Documents.Add(new(DocumentHash.Of(document), ids.Count, raw.Utf8.Length, runs));
        if (options.NearDuplicateSimilarity is not null)
        {
            Span<ushort> signature = stackalloc ushort[MinHash.Length];
            MinHash.Sign(document, signature);
            batch.Signatures.AddRange(signature);
        }
        return null;
    }

    // A marker inside a document would begin or end it in the middle; an id beyond the vocabulary would be cut to 16 bits.
    private void Narrow(RawDocument raw, List<int> ids, List<ushort> destination)
    {
        var start = destination.Count;
        CollectionsMarshal.SetCount(destination, start + ids.Count);
        var tokens = CollectionsMarshal.AsSpan(destination)[start..];
        for (var i = 0; i < tokens.Length; i++)
        {
            if (ids[i] < SpecialTokens.Count || ids[i] >= tokenizer.VocabularySize) throw NotText(raw, ids[i]);
            tokens[i] = (ushort)ids[i];
        }
    }

    private InvalidDataException NotText(RawDocument raw, int id) => new(FormattableString.Invariant(
        $"{raw.Path}, line {raw.Line}: the tokenizer gives {(id is >= 0 and < SpecialTokens.Count ? $"special token {id} ({SpecialTokens.Names[id]})" : $"id {id}")} ")
        + FormattableString.Invariant($"inside a document; text has the ids {SpecialTokens.Count} to {tokenizer.VocabularySize - 1}. ")
        + "Only the preparation writes special tokens; use a tokenizer that encodes their names as ordinary text.");
}
