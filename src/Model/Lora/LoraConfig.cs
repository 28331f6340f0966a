using System.Globalization;
using TurkishLlm.Model.Parameters;

namespace TurkishLlm.Model.Lora;

/// <summary>How large an adapter is, how strong, and what it adds to: section <c>lora</c> of a plan. A value of this type is always valid.</summary>
/// <remarks>Source: Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models", arXiv:2106.09685, section 4. Spec: LOR-01, LOR-05.</remarks>
public sealed record LoraConfig
{
    /// <summary>Every target; adapters of all matrices learn better than larger ones of a few (Dettmers et al. 2023, arXiv:2305.14314, section 4).</summary>
    public static IReadOnlyList<LoraTarget> AllTargets { get; } = Enum.GetValues<LoraTarget>();

    /// <param name="rank">Rows of A and columns of B.</param>
    /// <param name="alpha">The addition counts alpha ÷ rank, so that it keeps its strength when the rank changes.</param>
    /// <param name="dropout">Share of what the adapter reads that is dropped in training.</param>
    /// <param name="targets">What it adds to, each named once; null for everything.</param>
    /// <exception cref="ConfigurationException">A value is out of range; tells all of them.</exception>
    public LoraConfig(int rank, double alpha, double dropout = 0, IReadOnlyList<LoraTarget>? targets = null)
    {
        (Rank, Alpha, Dropout, Targets) = (rank, alpha, dropout, [.. (targets ?? AllTargets).Order()]);
        ConfigurationException.ThrowIfAny([.. FindProblems()]);
    }

    /// <summary>Rows of A and columns of B.</summary>
    public int Rank { get; }

    /// <summary>Strength of the addition, before it is divided by the rank.</summary>
    public double Alpha { get; }

    /// <summary>Share of what the adapter reads that is dropped in training.</summary>
    public double Dropout { get; }

    /// <summary>What it adds to, in the order of <see cref="LoraTarget"/>.</summary>
    public IReadOnlyList<LoraTarget> Targets { get; }

    /// <summary>What B·A counts.</summary>
    public double Scale => Alpha / Rank;

    /// <summary>Checkpoint names of the matrices of a model that it adds to, in the order of the forward pass.</summary>
    public IEnumerable<string> GetTargetWeights(ModelConfig model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Enumerable.Range(0, model.NLayers).SelectMany(layer => Targets.Select(target => $"layers.{layer}.{GetModuleName(target)}.weight"));
    }

    /// <summary>Names and shapes of an adapter of a model: A <c>[rank, in]</c> and B <c>[out, rank]</c> of each matrix.</summary>
    public IEnumerable<(string Name, long[] Shape)> GetShapes(ModelConfig model)
    {
        var weights = ParameterTable.GetShapes(model).ToDictionary(weight => weight.Name, weight => weight.Shape, StringComparer.Ordinal);
        foreach (var weight in GetTargetWeights(model))
        {
            yield return (GetNameOfA(weight), [Rank, weights[weight][1]]);
            yield return (GetNameOfB(weight), [weights[weight][0], Rank]);
        }
    }

    /// <summary>How many numbers an adapter of a model has.</summary>
    public long CountParameters(ModelConfig model) => GetShapes(model).Sum(tensor => tensor.Shape[0] * tensor.Shape[1]);

    /// <inheritdoc/>
    public bool Equals(LoraConfig? other) =>
        other is not null && (Rank, Alpha, Dropout) == (other.Rank, other.Alpha, other.Dropout) && Targets.SequenceEqual(other.Targets);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Rank, Alpha, Dropout, Targets.Count);

    /// <summary>Name of A of a matrix, such as <c>layers.0.attn.q_proj.lora_a</c>.</summary>
    /// <param name="weight">Checkpoint name of the matrix.</param>
    internal static string GetNameOfA(string weight) => $"{GetModulePath(weight)}.lora_a";

    /// <summary>Name of B of a matrix.</summary>
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
        if (!(Alpha > 0 && double.IsFinite(Alpha))) yield return CreateProblem($"alpha is {Alpha}; it must be more than 0. Use alpha: {2 * Math.Max(1, Rank)}.", "alpha");
        if (!(Dropout is >= 0 and < 1)) yield return CreateProblem($"dropout is {Dropout}; it must be 0 … 1, and less than 1.", "dropout");
        if (Targets.Count == 0) yield return CreateProblem($"targets is empty, so there is nothing to adapt. Name some of q, k, v, o, gate, up, down, or leave it out for all.", "targets");
        if (Targets.Distinct().Count() < Targets.Count) yield return CreateProblem($"targets names a matrix twice. Name each once.", "targets");
    }

    private static ConfigurationProblem CreateProblem(FormattableString text, string key) => new(text.ToString(CultureInfo.InvariantCulture), key);
}
