using System.Runtime.InteropServices;
using TurkishLlm.Data.Privacy;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Data.Corpus;

/// <summary>Filters and encodes documents. Thread-safe.</summary>
internal sealed class BatchEncoder(Tokenizer tokenizer, CorpusOptions options, EvaluationIndex evaluation)
{
    public EncodedBatch Encode(TextBatch text)
    {
        var batch = new EncodedBatch(text, evaluation.Files.Count);
        List<int> ids = [];
        foreach (var raw in text.Documents)
        {
            batch.Funnel.CountRead(raw.Utf8.Length);
            if (Add(raw, batch, ids) is { } reason) batch.Funnel.CountExcluded(reason, raw.Utf8.Length);
        }
        return batch;
    }

    private ExclusionReason? Add(RawDocument raw, EncodedBatch batch, List<int> ids)
    {
        if (!raw.IsText) return ExclusionReason.InvalidUtf8;
        var document = raw.GetText();
        if (document.Length < options.MinimumCharacters) return ExclusionReason.TooFewCharacters;
        if (options.MinimumTurkish is { } minimum && TurkishScore.Compute(document) < minimum) return ExclusionReason.NotTurkish;
        if (evaluation.FindFile(document) is >= 0 and var file)
        {
            batch.EvaluationHits[file]++;
            return ExclusionReason.EvaluationOverlap;
        }

        if (options.PersonalData != PersonalDataAction.Keep)
        {
            var found = PersonalDataScanner.Find(document, options.FindIpAddresses);
            foreach (var span in found) batch.PersonalData[(int)span.Kind]++;
            if (found.Count > 0 && options.PersonalData == PersonalDataAction.Drop) return ExclusionReason.PersonalData;
            document = PersonalDataMask.Apply(document, found);
        }

        ids.Clear();
        tokenizer.EncodeToIds(document, ids);
        if (ids.Count < options.MinimumTokens) return ExclusionReason.TooFewTokens;

        AppendAsUInt16(raw, ids, batch.Tokens);
        var nGramCount = ValidationNGrams.Sample(document, options.OverlapWords, batch.NGrams);
        batch.Documents.Add(new(DocumentHash.Compute(document), ids.Count, raw.Utf8.Length, nGramCount));
        if (options.NearDuplicateSimilarity is not null)
        {
            Span<ushort> signature = stackalloc ushort[MinHash.SignatureLength];
            MinHash.ComputeSignature(document, signature);
            batch.Signatures.AddRange(signature);
        }
        return null;
    }

    // A special token within a document would split it; an id beyond the vocabulary would be truncated to 16 bits.
    private void AppendAsUInt16(RawDocument raw, List<int> ids, List<ushort> destination)
    {
        var start = destination.Count;
        CollectionsMarshal.SetCount(destination, start + ids.Count);
        var tokens = CollectionsMarshal.AsSpan(destination)[start..];
        for (var i = 0; i < tokens.Length; i++)
        {
            if (ids[i] < SpecialTokens.Count || ids[i] >= tokenizer.VocabularySize) throw CreateException(raw, ids[i]);
            tokens[i] = (ushort)ids[i];
        }
    }

    private InvalidDataException CreateException(RawDocument raw, int id) => new(
        FormattableString.Invariant($"{raw.Path}, line {raw.Line}: the tokenizer produced ")
        + (id is >= 0 and < SpecialTokens.Count
            ? FormattableString.Invariant($"special token {id} ({SpecialTokens.Names[id]}) ")
            : FormattableString.Invariant($"id {id} "))
        + FormattableString.Invariant(
            $"inside a document; text has the ids {SpecialTokens.Count} to {tokenizer.VocabularySize - 1}. ")
        + "Only the preparation writes special tokens; use a tokenizer that encodes their names as ordinary text.");
}
