using System.Text.Json.Serialization;

namespace TurkishLlm.Spec.Export;

/// <summary>What <c>cases.json</c> holds.</summary>
/// <param name="Vocabulary">Number of ids of the texts.</param>
/// <param name="MaxLength">Most tokens of a text.</param>
/// <param name="Statements">Requirements by id.</param>
/// <param name="Functions">Calls of functions.</param>
/// <param name="Decoder">Checks of logits.</param>
internal sealed record ExportedCases(
    int Vocabulary, int MaxLength, IReadOnlyDictionary<string, string> Statements,
    IReadOnlyList<FunctionCheck> Functions, IReadOnlyList<DecoderCheck> Decoder);

/// <summary>A call of a function: |result − expected| ≤ allowed in every element.</summary>
/// <param name="Requirement">Id of the requirement that makes the call.</param>
/// <param name="Function">Name of the function.</param>
/// <param name="Inputs">Names of tensors by argument, in the order of the arguments.</param>
/// <param name="Constants">Other arguments.</param>
/// <param name="Expected">Name of the result, float64.</param>
/// <param name="Allowed">Name of the allowed errors in float32.</param>
internal sealed record FunctionCheck(
    string Requirement, string Function, IReadOnlyDictionary<string, string> Inputs,
    IReadOnlyDictionary<string, double> Constants, string Expected, string Allowed);

/// <summary>A check of the logits of a decoder.</summary>
/// <param name="Requirement">Id of the requirement.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "check")]
[JsonDerivedType(typeof(EqualLogits), "equal")]
[JsonDerivedType(typeof(DifferentLogits), "different")]
[JsonDerivedType(typeof(NoGradient), "no_gradient")]
internal abstract record DecoderCheck(string Requirement);

/// <summary>The logits of two slices are equal: max|a − b| ≤ allowed · max|a|.</summary>
/// <param name="Requirement">Id of the requirement.</param>
/// <param name="A">A slice.</param>
/// <param name="B">A slice of the same size.</param>
/// <param name="Allowed">Allowed differences by number type.</param>
internal sealed record EqualLogits(string Requirement, LogitSlice A, LogitSlice B, IReadOnlyDictionary<string, double> Allowed)
    : DecoderCheck(Requirement);

/// <summary>The logits of two slices differ.</summary>
/// <param name="Requirement">Id of the requirement.</param>
/// <param name="A">A slice.</param>
/// <param name="B">A slice of the same size.</param>
internal sealed record DifferentLogits(string Requirement, LogitSlice A, LogitSlice B) : DecoderCheck(Requirement);

/// <summary>
/// The gradient of Σ logits · upstream is exactly 0 in the rows of some tokens of the embedding, and not in those of others.
/// </summary>
/// <param name="Requirement">Id of the requirement.</param>
/// <param name="Ids">Name of the text.</param>
/// <param name="Upstream">Name of the factors, <c>[b, t, V]</c>.</param>
/// <param name="Tokens">Name of the ids of which the rows have no gradient.</param>
/// <param name="Seen">Name of the ids of which some row has one.</param>
internal sealed record NoGradient(string Requirement, string Ids, string Upstream, string Tokens, string Seen)
    : DecoderCheck(Requirement);

/// <summary>Logits of a text.</summary>
/// <param name="Ids">Name of the text.</param>
/// <param name="Rows">First row, and the one after the last.</param>
/// <param name="Positions">First position, and the one after the last.</param>
internal sealed record LogitSlice(string Ids, IReadOnlyList<long> Rows, IReadOnlyList<long> Positions);
