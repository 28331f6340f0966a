using TurkishLlm.Model.Parameters;
using static System.FormattableString;

namespace TurkishLlm.Model.Lora;

/// <summary>Configuration of a LoRA adapter: section <c>lora</c> of a plan. Values of this type are always valid.</summary>
/// <remarks>
/// Source: Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models", arXiv:2106.09685, section 4. Spec: LOR-01,
/// LOR-05.
/// </remarks>
public sealed record LoraConfig
{
    /// <summary>
    /// All targets; adapters of all matrices learn better than larger ones of a few (Dettmers et al. 2023, arXiv:2305.14314,
    /// section 4).
    /// </summary>
    public static IReadOnlyList<LoraTarget> AllTargets { get; } = Enum.GetValues<LoraTarget>();

    /// <param name="rank">Rows of A and columns of B.</param>
    /// <param name="alpha">The update is scaled by alpha ÷ rank, so that its strength does not depend on the rank.</param>
    /// <param name="dropout">Dropout rate of the adapter's input.</param>
    /// <param name="targets">Adapted matrices, each once; null for all.</param>
    /// <exception cref="ConfigurationException">A value is out of range; the exception lists all problems.</exception>
    public LoraConfig(int rank, double alpha, double dropout = 0, IReadOnlyList<LoraTarget>? targets = null)
    {
        (Rank, Alpha, Dropout, Targets) = (rank, alpha, dropout, [.. (targets ?? AllTargets).Order()]);
        ConfigurationException.ThrowIfAny([.. FindProblems()]);
    }

    /// <summary>Rows of A and columns of B.</summary>
    public int Rank { get; }

    /// <summary>Strength of the update, before the division by the rank.</summary>
    public double Alpha { get; }

    /// <summary>Dropout rate of the adapter's input.</summary>
    public double Dropout { get; }

    /// <summary>Adapted matrices, in the order of <see cref="LoraTarget"/>.</summary>
    public IReadOnlyList<LoraTarget> Targets { get; }

    /// <summary>Scale of B·A.</summary>
    public double Scale => Alpha / Rank;

    /// <summary>Returns the checkpoint names of the adapted matrices, in the order of the forward pass.</summary>
    public IEnumerable<string> GetTargetWeights(ModelConfig model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Enumerable
            .Range(0, model.NLayers)
            .SelectMany(layer => Targets.Select(target => $"layers.{layer}.{GetModuleName(target)}.weight"));
    }

    /// <summary>
    /// Returns names and shapes of an adapter of a model: A <c>[rank, in]</c> and B <c>[out, rank]</c> of each matrix.
    /// </summary>
    public IEnumerable<(string Name, long[] Shape)> GetShapes(ModelConfig model)
    {
        var weights = ParameterTable
            .GetShapes(model)
            .ToDictionary(weight => weight.Name, weight => weight.Shape, StringComparer.Ordinal);
        foreach (var weight in GetTargetWeights(model))
        {
            yield return (GetNameOfA(weight), [Rank, weights[weight][1]]);
            yield return (GetNameOfB(weight), [weights[weight][0], Rank]);
        }
    }

    /// <summary>Returns the number of parameters of an adapter of a model.</summary>
    public long CountParameters(ModelConfig model) => GetShapes(model).Sum(tensor => tensor.Shape[0] * tensor.Shape[1]);

    /// <inheritdoc/>
    public bool Equals(LoraConfig? other) =>
        other is not null
        && (Rank, Alpha, Dropout) == (other.Rank, other.Alpha, other.Dropout)
        && Targets.SequenceEqual(other.Targets);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Rank, Alpha, Dropout, Targets.Count);

    /// <summary>Returns the name of A of a matrix, such as <c>layers.0.attn.q_proj.lora_a</c>.</summary>
    /// <param name="weight">Checkpoint name of the matrix.</param>
    internal static string GetNameOfA(string weight) => $"{GetModulePath(weight)}.lora_a";

    /// <summary>Returns the name of B of a matrix.</summary>
    /// <inheritdoc cref="GetNameOfA"/>
    internal static string GetNameOfB(string weight) => $"{GetModulePath(weight)}.lora_b";

    private static string GetModulePath(string weight) => weight[..weight.LastIndexOf('.')];

    private static string GetModuleName(LoraTarget target) => target switch
    {
        LoraTarget.Q => "attn.q_proj",
        LoraTarget.K => "attn.k_proj",
        LoraTarget.V => "attn.v_proj",
        LoraTarget.O => "attn.o_proj",
        LoraTarget.Gate => "ffn.gate_proj",
        LoraTarget.Up => "ffn.up_proj",
        _ => "ffn.down_proj",
    };

    private IEnumerable<ConfigurationProblem> FindProblems()
    {
        if (Rank < 1) yield return CreateProblem($"rank is {Rank}; it must be at least 1. Use rank: 8.", "rank");
        if (!(Alpha > 0 && double.IsFinite(Alpha)))
            yield return CreateProblem($"alpha is {Alpha}; it must be more than 0. Use alpha: {2 * Math.Max(1, Rank)}.", "alpha");
        if (!(Dropout is >= 0 and < 1))
            yield return CreateProblem($"dropout is {Dropout}; it must be 0 … 1, and less than 1.", "dropout");
        if (Targets.Count == 0)
        {
            const string names = "q, k, v, o, gate, up, down";
            yield return CreateProblem(
                $"targets is empty, so there is nothing to adapt. Name some of {names}, or omit targets for all.",
                "targets");
        }
        if (Targets.Distinct().Count() < Targets.Count)
            yield return CreateProblem($"targets names a matrix twice. Name each once.", "targets");
    }

    private static ConfigurationProblem CreateProblem(FormattableString text, string key) => new(Invariant(text), key);
}
