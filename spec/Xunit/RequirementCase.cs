using System.ComponentModel;
using global::Xunit;
using global::Xunit.Sdk;
using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.Xunit;

/// <summary>
/// A requirement of a catalog and one of its cases, as the parameter of a test method with
/// <see cref="RequirementsAttribute"/>. xUnit stores it between discovery and execution, so it holds names only.
/// </summary>
public sealed class RequirementCase : IXunitSerializable
{
    // Models draw their weights from the generator of libtorch, of which a process has one; and xUnit runs classes in parallel.
    private static readonly Lock OneAtATime = new();

    private Type _type = typeof(object);
    private string _member = "";
    private int _index;

    /// <summary>Creates an empty case, for xUnit.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public RequirementCase()
    {
    }

    internal RequirementCase(Type type, string member, string id, int index) =>
        (_type, _member, Id, _index) = (type, member, id, index);

    /// <summary>Id of the requirement.</summary>
    public string Id { get; private set; } = "";

    /// <summary>Name of the impostor to judge; null to judge the subject.</summary>
    public string? Impostor { get; internal set; }

    /// <summary>Device to judge on.</summary>
    public DeviceType Device { get; internal set; } = DeviceType.CPU;

    /// <summary>Number type to judge in.</summary>
    public ScalarType NumberType { get; internal set; } = ScalarType.Float32;

    /// <summary>Seed of every random number.</summary>
    public long Seed { get; internal set; } = 1;

    /// <summary>The requirement.</summary>
    public Requirement Requirement => CatalogMember.Find(_type, _member).Find(Id);

    /// <summary>
    /// Judges the case. The test is skipped with the reason if the subject lacks what the requirement is about, or if there is
    /// no CUDA device (<see cref="CudaDevice.Require"/>). Cases are judged one at a time.
    /// </summary>
    /// <exception cref="RequirementFailedException">The requirement fails on the case.</exception>
    public void Verify()
    {
        if (Device == DeviceType.CUDA) CudaDevice.Require();
        lock (OneAtATime)
        {
            using var at = new Conditions(new Device(Device), NumberType, Seed);
            if (Impostor is null) VerifySubject(at);
            else VerifyImpostor(Impostor, at);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Impostor is null ? $"{Id}[{_index}]" : $"{Id}[{_index}] \"{Impostor}\"";

    void IXunitSerializable.Serialize(IXunitSerializationInfo info)
    {
        info.AddValue("type", _type);
        info.AddValue("member", _member);
        info.AddValue("id", Id);
        info.AddValue("index", _index);
        info.AddValue("impostor", Impostor);
        info.AddValue("device", $"{Device}");
        info.AddValue("number", $"{NumberType}");
        info.AddValue("seed", Seed);
    }

    void IXunitSerializable.Deserialize(IXunitSerializationInfo info)
    {
        _type = info.GetValue<Type>("type")!;
        _member = info.GetValue<string>("member")!;
        Id = info.GetValue<string>("id")!;
        _index = info.GetValue<int>("index");
        Impostor = info.GetValue<string>("impostor");
        Device = Enum.Parse<DeviceType>(info.GetValue<string>("device")!);
        NumberType = Enum.Parse<ScalarType>(info.GetValue<string>("number")!);
        Seed = info.GetValue<long>("seed");
    }

    private void VerifySubject(Conditions at)
    {
        var verdict = Requirement.Judge(_index, at);
        if (verdict.SkipReason is { } reason) Assert.Skip(reason);
        if (!verdict.Holds)
            throw new RequirementFailedException([new(Requirement, Requirement.CaseNames[_index], verdict, default)], at);
    }

    private void VerifyImpostor(string impostor, Conditions at)
    {
        var verdict = Requirement.JudgeImpostor(impostor, _index, at);
        if (!verdict.Holds && !verdict.Crashed) return;
        var outcome = verdict.Crashed ? "stopped by an exception" : "accepted";
        Assert.Fail(
            $"{Requirement}\n    {Requirement.CaseNames[_index]}: the impostor \"{impostor}\" must be refuted by measurement, "
                + $"but it was {outcome}: {verdict.Evidence}");
    }
}
