using TurkishLlm.Data.Batches;

namespace TurkishLlm.Data.Corpus;

/// <summary>The result of the preparation of a corpus.</summary>
/// <param name="Output">The directory of shards.</param>
/// <param name="Manifest">The manifest of the directory.</param>
/// <param name="Reused">
/// True if the directory existed already, created from the same text, tokenizer and options; nothing was written.
/// </param>
/// <param name="Notes">Notes for the user: whether the work of an interrupted preparation was resumed or discarded.</param>
public sealed record CorpusReport(string Output, ShardManifest Manifest, bool Reused, IReadOnlyList<string> Notes);
