namespace TurkishLlm.Plans;

/// <summary>What is read: section <c>data</c> of a plan.</summary>
/// <param name="Tokenizer">Folder of the tokenizer.</param>
/// <param name="Shards">Folder of the token shards, made with that very tokenizer.</param>
public sealed record DataPlan(string Tokenizer, string Shards);
