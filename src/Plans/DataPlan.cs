namespace TurkishLlm.Plans;

/// <summary>Tokenizer and token shards to train on: section <c>data</c> of a plan.</summary>
/// <param name="Tokenizer">Folder of the tokenizer.</param>
/// <param name="Shards">Folder of the token shards, which were encoded with the same tokenizer.</param>
public sealed record DataPlan(string Tokenizer, string Shards);
