using TurkishLlm.Data.Batches;

namespace TurkishLlm.Data.Corpus;

/// <summary>What the preparation of a corpus gave.</summary>
/// <param name="Output">The directory of shards.</param>
/// <param name="Manifest">What the directory holds and what was left out.</param>
/// <param name="Reused">
/// True when the directory was there already, made from the same text, tokenizer and options; nothing was written.
/// </param>
/// <param name="Notes">What a reader should know: work of an interrupted preparation that was used or thrown away.</param>
public sealed record CorpusReport(string Output, ShardManifest Manifest, bool Reused, IReadOnlyList<string> Notes);
