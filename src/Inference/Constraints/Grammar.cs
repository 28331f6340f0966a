using System.Text.Json;

namespace TurkishLlm.Inference.Constraints;

/// <summary>The texts that a model may generate: constrained decoding.</summary>
/// <remarks>
/// A grammar over bytes. Before a token is chosen, the logits of tokens that cannot continue a text of the grammar become −∞.
/// A text that reaches its token limit is cut off like any other. Spec: GEN-32. Source: Willard and Louf 2023, "Efficient Guided
/// Generation for Large Language Models", arXiv:2307.09702.
/// </remarks>
public sealed class Grammar
{
    internal Grammar(Rule root) => Root = root;

    /// <summary>Any JSON object.</summary>
    public static Grammar JsonObject { get; } = new(JsonRules.Object);

    internal Rule Root { get; }

    /// <summary>Creates the grammar of the JSON values that a schema accepts.</summary>
    /// <param name="schema">
    /// A JSON Schema with the keywords type, properties, required, enum, const, items, minItems, maxItems, anyOf and
    /// additionalProperties. Properties are written in the order of the schema, and no others, except that an object without
    /// <c>properties</c> is free unless <c>additionalProperties</c> is false.
    /// </param>
    /// <exception cref="JsonSchemaException">A keyword is not supported, or has a wrong value.</exception>
    public static Grammar FromJsonSchema(JsonElement schema) => new(new JsonSchemaCompiler().Compile(schema));
}
