namespace TurkishLlm.Tools.Mutation.Catalog;

internal static class TyingMutations
{
    private const string LanguageModel = "src/Model/LanguageModel.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new(
            "head-is-a-copy",
            ["BUG-TIE-03"],
            LanguageModel, "TieEmbeddings ? _embedding :", "TieEmbeddings ? _embedding.clone() :",
            "The head keeps the values that the embedding had at the start."),
        new(
            "head-gives-no-gradient",
            ["BUG-TIE-03"],
            LanguageModel, "TieEmbeddings ? _embedding :", "TieEmbeddings ? _embedding.detach() :",
            "The embedding gets no gradient from the head."),
        new(
            "input-gives-no-gradient",
            ["BUG-TIE-08"],
            LanguageModel,
            "var x = _embedding.index_select(",
            "var x = _embedding.detach().index_select(",
            "The embedding gets no gradient from the input."),
        new(
            "stored-head-is-not-looked-at",
            ["BUG-TIE-02"],
            "src/Model/Formats/ParameterFile.cs", "return !head.AsSpan().SequenceEqual(embedding);", "return false;",
            "A file with a head other than its embedding loads as a tied model."),
    ];
}
