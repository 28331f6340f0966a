using System.Security.Cryptography;
using System.Text;
using static TorchSharp.torch;

namespace TurkishLlm.Model.Parameters;

/// <summary>Computes the hash of weights, independent of their file.</summary>
/// <remarks>Spec: LOR-09.</remarks>
public static class ParameterHash
{
    /// <summary>SHA-256 of every name, shape and float32 bit, in the order of the table.</summary>
    public static string Compute(ParameterTable parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var name in parameters.Names)
        {
            using var scope = NewDisposeScope();
            var tensor = parameters[name].detach().cpu().contiguous();
            hash.AppendData(Encoding.UTF8.GetBytes($"{name} [{string.Join(", ", tensor.shape)}]\n"));
            hash.AppendData(tensor.bytes);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
