namespace TurkishLlm.Model.Formats;

/// <summary>Named tensors on the disk, in whatever format, that can be read as float32.</summary>
public interface ITensorFile : IDisposable
{
    /// <summary>Where the file is.</summary>
    string Path { get; }

    /// <summary>What the file holds.</summary>
    IReadOnlyList<SafetensorsTensorInfo> Tensors { get; }

    /// <summary>Reads a tensor, row-major. 16-bit floats arrive exactly, float64 is rounded to nearest.</summary>
    /// <param name="name">One of <see cref="Tensors"/>.</param>
    /// <param name="destination">As many elements as the tensor has.</param>
    /// <exception cref="InvalidDataException">There is no such tensor, it does not hold floating-point numbers, or its bytes are damaged.</exception>
    void ReadFloat32(string name, Span<float> destination);
}
